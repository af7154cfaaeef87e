// swift-tools-version: 6.2

import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioTLS: Target.Dependency = .product(name: "NIOTLS", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let histogram: Target.Dependency = .product(name: "Histogram", package: "hdrhistogram-swift")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

let package = Package(
    name: "swift-redlock",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Redlock", targets: ["Redlock"]),
        .executable(name: "redlock", targets: ["RedlockCLI"]),
        .executable(name: "redlock-chaos", targets: ["RedlockChaos"]),
        .executable(name: "redlock-bench", targets: ["RedlockBench"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift.git", from: "0.2.0"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
    ],
    targets: [
        // hiredis, for its RESP reader. No pkgConfig: on Debian its flags only bring a warning, and the module map links it.
        .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"]), .brew(["hiredis"])]),

        // The rules, pure: imports nothing at all.
        .target(name: "RedlockCore", swiftSettings: settings),
        // One Redis node over SwiftNIO; the only importer of C.
        .target(
            name: "RedlockNode", dependencies: ["RedlockCore", "CHiredis", nioCore, nioPosix, nioTLS, nioSSL], swiftSettings: settings),
        // The public API and the lanes.
        .target(name: "Redlock", dependencies: ["RedlockCore", "RedlockNode", nioCore, nioPosix, logging], swiftSettings: settings),

        // What happened, and whether it was right; and the same rules in virtual time. Pure.
        .target(name: "RedlockHistory", dependencies: ["RedlockCore"], swiftSettings: settings),
        .target(name: "RedlockSimulation", dependencies: ["RedlockCore", "RedlockHistory"], swiftSettings: settings),

        // Real redis-servers on loopback, for tests and tools.
        .target(name: "RedlockServers", swiftSettings: settings),

        .executableTarget(
            name: "RedlockCLI",
            dependencies: ["Redlock", "RedlockCore", "RedlockNode", nioCore, nioPosix, logging, histogram, argumentParser, yams],
            swiftSettings: settings),
        .executableTarget(
            name: "FlashSale", dependencies: ["Redlock", "RedlockCore", "RedlockNode", nioPosix, argumentParser], swiftSettings: settings),

        .executableTarget(
            name: "RedlockChaos",
            dependencies: [
                "Redlock", "RedlockCore", "RedlockNode", "RedlockHistory", "RedlockSimulation", "RedlockServers", nioCore, nioPosix,
                logging,
                argumentParser,
            ], swiftSettings: settings),
        // The benchmark, and a count of the process' heap allocations for it.
        .target(name: "CMallocCount"),
        .executableTarget(
            name: "RedlockBench",
            dependencies: [
                "Redlock", "RedlockCore", "RedlockNode", "RedlockServers", "CHiredis", "CMallocCount", logging, histogram, argumentParser,
            ], swiftSettings: settings),

        .testTarget(name: "RedlockCoreTests", dependencies: ["RedlockCore"], swiftSettings: settings),
        .testTarget(name: "RedlockServersTests", dependencies: ["RedlockServers"], swiftSettings: settings),
        .testTarget(name: "RedlockNodeTests", dependencies: ["RedlockCore", "RedlockNode", nioCore], swiftSettings: settings),
        .testTarget(
            name: "RedlockNodeIntegrationTests", dependencies: ["RedlockCore", "RedlockNode", "RedlockServers", nioCore, nioPosix],
            swiftSettings: settings),
        .testTarget(name: "RedlockHistoryTests", dependencies: ["RedlockCore", "RedlockHistory"], swiftSettings: settings),
        .testTarget(
            name: "RedlockSimulationTests", dependencies: ["RedlockCore", "RedlockHistory", "RedlockSimulation"], swiftSettings: settings),
        .testTarget(
            name: "RedlockSimulationIntegrationTests",
            dependencies: ["RedlockCore", "RedlockNode", "RedlockServers", "RedlockSimulation"], swiftSettings: settings),
        // SQLite, for the test of the SQL in the article on fencing only.
        .systemLibrary(name: "CSQLite", path: "Tests/CSQLite", providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]),
        .testTarget(name: "RedlockTests", dependencies: ["CSQLite", "Redlock", "RedlockCore", "RedlockNode"], swiftSettings: settings),
        .testTarget(
            name: "RedlockCLITests", dependencies: ["RedlockCLI", "RedlockCore", "RedlockNode", "RedlockServers"], swiftSettings: settings),
        .testTarget(
            name: "RedlockChaosTests", dependencies: ["RedlockChaos", "RedlockCore", "RedlockHistory", "RedlockNode", "RedlockSimulation"],
            swiftSettings: settings),
        .testTarget(
            name: "RedlockChaosIntegrationTests",
            dependencies: ["RedlockChaos", "RedlockHistory", "RedlockNode", "RedlockServers", "RedlockSimulation", nioCore],
            swiftSettings: settings),
        // A process for the tests to stop.
        .executableTarget(
            name: "Holder", dependencies: ["Redlock", "RedlockCore", "RedlockNode"], path: "Tests/Holder", swiftSettings: settings),
        .testTarget(
            name: "RedlockIntegrationTests", dependencies: ["Holder", "Redlock", "RedlockCore", "RedlockNode", "RedlockServers", logging],
            swiftSettings: settings),
    ]
)
