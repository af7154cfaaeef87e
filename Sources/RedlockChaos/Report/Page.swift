/// An HTML page that needs nothing beside itself.
enum Page {
    static func html(title: String, body: String) -> String {
        """
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>\(escaped(title))</title>
        <style>
        \(style)
        </style>
        \(body)
        </html>

        """
    }

    static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
    }

    /// The first column is text, the others are numbers; with `told` the last one is text too.
    static func table(_ titles: [String], _ rows: [[String]], told: Bool = false) -> String {
        guard !rows.isEmpty else { return "<p class=\"quiet\">Nothing.</p>" }
        let head = titles.map { "<th>\($0)</th>" }.joined()
        let lines = rows.map { "<tr>\($0.map { "<td>\($0)</td>" }.joined())</tr>" }.joined(separator: "\n")
        return
            "<div class=\"scroll\(titles.count == 2 ? " pairs" : "")\(told ? " told" : "")\"><table><thead><tr>\(head)</tr></thead><tbody>\n\(lines)\n</tbody></table></div>"
    }

    private static let style = """
        :root { --paper: #fff; --ink: #1c2128; --quiet: #626c7a; --line: #e3e6ea; --row: #f6f7f9; --good: #1a7f4b; --bad: #d1242f;
          --warn: #9a6700; --fault: #f2cf80; --outside: #e3a7e0; --r0: #2f6fd0; --r1: #17936f; --r2: #7a52c7; --r3: #b4591d;
          --r4: #0b8aa6; --r5: #a8437c; }
        @media (prefers-color-scheme: dark) {
          :root { --paper: #14171c; --ink: #e4e8ee; --quiet: #98a2b1; --line: #2b313a; --row: #1b1f26; --good: #4cc38a; --bad: #ff6b6b;
            --warn: #e3b341; --fault: #6b5416; --outside: #6a3a68; --r0: #6ea3f5; --r1: #45c09a; --r2: #ad8cf0; --r3: #e5935c;
            --r4: #4fbdd6; --r5: #e07fb4; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; padding: 20px 18px 48px; max-width: 1280px; background: var(--paper); color: var(--ink);
          font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
        h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 17px; margin: 30px 0 8px; }
        .verdict { border-left: 6px solid var(--good); padding: 4px 0 4px 14px; } .verdict h1 { color: var(--good); }
        .verdict.broken { border-color: var(--bad); } .verdict.broken h1 { color: var(--bad); }
        .verdict.other { border-color: var(--warn); } .verdict.other h1 { color: var(--warn); }
        .verdict p { margin: 0; overflow-wrap: anywhere; } .quiet { color: var(--quiet); }
        code { font: 13px/1.5 ui-monospace, "DejaVu Sans Mono", monospace; }
        pre { background: var(--row); border: 1px solid var(--line); border-radius: 6px; padding: 10px 12px; margin: 8px 0;
          white-space: pre-wrap; overflow-wrap: anywhere; }
        .figures { display: flex; flex-wrap: wrap; gap: 10px 30px; margin: 16px 0 0; }
        .figures div { min-width: 84px; } .figures b { display: block; font-size: 21px; font-variant-numeric: tabular-nums; }
        .figures span { color: var(--quiet); font-size: 13px; }
        .scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 6px; }
        table { border-collapse: collapse; width: 100%; font-size: 14px; }
        th, td { padding: 5px 12px; text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
        th { color: var(--quiet); font-weight: 600; border-bottom: 1px solid var(--line); }
        .columns { display: flex; flex-wrap: wrap; gap: 0 24px; align-items: flex-start; } .columns > div { flex: 1 1 340px; min-width: 0; }
        .pairs td:last-child { white-space: normal; overflow-wrap: anywhere; } .told th:last-child { text-align: left; }
        th:first-child, td:first-child { text-align: left; } td:last-child > span.text { display: block; text-align: left; white-space: normal; min-width: 220px; }
        .told td:last-child { width: 60%; }
        .timeline { display: flex; width: fit-content; max-width: 100%; } .timeline svg { flex: none; } .timeline .names { position: sticky; left: 0; background: var(--paper); }
        @media (max-width: 520px) {
          body { padding: 14px 12px 40px; } table { font-size: 13px; } th, td { padding: 5px 7px; }
          td:last-child > span.text { min-width: 120px; } }
        tr + tr td { border-top: 1px solid var(--line); }
        ul { padding-left: 20px; margin: 8px 0; } li { margin: 4px 0; overflow-wrap: anywhere; } .bad { color: var(--bad); }
        .good { color: var(--good); } .warn { color: var(--warn); }
        .legend { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 6px 0 8px; font-size: 13px; color: var(--quiet); }
        .legend i { display: inline-block; width: 20px; height: 11px; border-radius: 2px; margin-right: 6px; }
        svg { display: block; font: 11px ui-monospace, "DejaVu Sans Mono", monospace; }
        svg text { fill: var(--ink); } svg .tick, svg .label { fill: var(--quiet); }
        svg .row { fill: var(--row); } svg .grid { stroke: var(--line); }
        svg .fault { fill: var(--fault); opacity: .75; } svg .outside { fill: var(--outside); }
        svg .hold { rx: 2px; } svg .rest { opacity: .5; } svg .guilty { stroke: var(--bad); stroke-width: 2.5px; }
        .r0 { fill: var(--r0); background: var(--r0); } .r1 { fill: var(--r1); background: var(--r1); }
        .r2 { fill: var(--r2); background: var(--r2); } .r3 { fill: var(--r3); background: var(--r3); }
        .r4 { fill: var(--r4); background: var(--r4); } .r5 { fill: var(--r5); background: var(--r5); }
        svg .violation { stroke: var(--bad); stroke-width: 1.5px; } svg .excused { stroke-dasharray: 3 3; }
        svg .violation-mark { fill: var(--bad); }
        .bars { display: inline-flex; align-items: flex-end; gap: 2px; height: 26px; vertical-align: middle; }
        .bars i { width: 9px; background: var(--r0); border-radius: 1px 1px 0 0; min-height: 1px; }
        """
}
