/// How long a restarted node is asked and not counted (PROTOCOL section 5).
package enum Quarantine {
    /// Q: by then every lease that was granted before the restart is over. Nil with fewer than three nodes, where a node that
    /// must wait leaves no quorum at all.
    package static func span(maxTTL: Nanoseconds, drift: DriftBound, nodes: Int) -> Nanoseconds? {
        nodes >= 3 ? maxTTL + drift.drift(over: maxTTL) : nil
    }
}
