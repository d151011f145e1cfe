// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableUpcomingFeature("InferIsolatedConformances"),
  .strictMemorySafety(),
]

let package = Package(
  name: "replay",
  products: [
    .executable(name: "replay", targets: ["ReplayCommand"]),
    // For the tests of a proxy in another package.
    .library(name: "ReplayTesting", targets: ["ReplayTesting"]),
  ],
  targets: [
    // The rooms, from the ground up: each can import only its dependencies.
    .target(name: "Wire", swiftSettings: strict),
    .target(name: "Networks", dependencies: ["Wire"], swiftSettings: strict),
    .target(name: "MockQwen", dependencies: ["Wire"], swiftSettings: strict),
    .target(
      name: "ProxyUnderTest", dependencies: ["Wire"], path: "Sources/ProxyUnderTest/Core",
      swiftSettings: strict),
    .target(
      name: "ProxyServing", dependencies: ["Wire", "Networks", "ProxyUnderTest"],
      path: "Sources/ProxyUnderTest/Server", swiftSettings: strict),
    .systemLibrary(name: "SystemCalls"),
    .target(
      name: "Sockets", dependencies: ["Wire", "Networks", "SystemCalls"], swiftSettings: strict),
    .target(name: "Inflate", path: "Sources/Replay/Inflate", swiftSettings: strict),
    .target(name: "Terminal", path: "Sources/Replay/Terminal", swiftSettings: strict),
    .target(
      name: "Judging", dependencies: ["Wire", "MockQwen", "Inflate"], path: "Sources/Replay/Judge",
      swiftSettings: strict),
    .target(
      name: "Recordings", dependencies: ["Wire", "MockQwen", "Judging", "Terminal", "Inflate"],
      path: "Sources/Replay/Recordings", swiftSettings: strict),
    .target(
      name: "Stages",
      dependencies: [
        "Wire", "Networks", "MockQwen", "ProxyUnderTest", "ProxyServing", "Sockets", "Judging",
      ],
      path: "Sources/Replay/Stages", swiftSettings: strict),
    .target(
      name: "Trials",
      dependencies: [
        "Wire", "Networks", "MockQwen", "ProxyUnderTest", "ProxyServing", "Sockets", "Terminal",
        "Judging", "Recordings", "Stages",
      ],
      path: "Sources/Replay/Trials", swiftSettings: strict),
    .target(
      name: "ReplayTesting",
      dependencies: ["Wire", "MockQwen", "Terminal", "Judging", "Recordings", "Trials"],
      path: "Sources/Replay/Testing", swiftSettings: strict),
    .target(
      name: "Canaries",
      dependencies: [
        "Wire", "Networks", "MockQwen", "ProxyUnderTest", "ProxyServing", "Sockets", "Terminal",
        "Judging", "Recordings", "Stages", "Trials",
      ],
      path: "Sources/Replay/Canaries", swiftSettings: strict),
    .target(
      name: "Commands",
      dependencies: [
        "Wire", "Networks", "MockQwen", "ProxyUnderTest", "ProxyServing", "Sockets", "Terminal",
        "Judging", "Recordings", "Stages", "Trials", "Canaries",
      ],
      path: "Sources/Replay/Command", swiftSettings: strict),
    .executableTarget(name: "ReplayCommand", dependencies: ["Commands"], swiftSettings: strict),

    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
    .testTarget(name: "RoomTests", swiftSettings: strict),
    .testTarget(
      name: "WireTests", dependencies: ["Wire", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "MockQwenTests", dependencies: ["MockQwen", "Wire", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "ProxyUnderTestTests",
      dependencies: ["ProxyUnderTest", "MockQwen", "Wire", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "SocketsTests", dependencies: ["Sockets", "Networks", "Wire", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "InflateTests", dependencies: ["Inflate", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "JudgingTests",
      dependencies: ["Wire", "MockQwen", "Judging"],
      swiftSettings: strict),
    .testTarget(
      name: "RecordingsTests",
      dependencies: ["Wire", "MockQwen", "Terminal", "Judging", "Recordings", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "StagesTests",
      dependencies: ["Wire", "Networks", "ProxyUnderTest", "ProxyServing", "Sockets", "Stages"],
      swiftSettings: strict),
    .testTarget(
      name: "TrialsTests",
      dependencies: [
        "Wire", "Networks", "MockQwen", "ProxyUnderTest", "ProxyServing", "Terminal", "Judging",
        "Stages", "Trials",
      ],
      swiftSettings: strict),
    // Built like a user's tests, with the proxy of the example.
    .testTarget(name: "ReplayTestingTests", dependencies: ["ReplayTesting", "Trials"]),
    .testTarget(
      name: "CanariesTests",
      dependencies: [
        "Wire", "Networks", "MockQwen", "ProxyUnderTest", "ProxyServing", "Terminal", "Judging",
        "Recordings", "Stages", "Trials", "Canaries",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "CommandsTests",
      dependencies: [
        "Wire", "Networks", "MockQwen", "ProxyUnderTest", "Sockets", "Terminal", "Judging",
        "Recordings", "Stages", "Trials", "Canaries", "Commands", "TestSupport",
      ],
      swiftSettings: strict),
    // Tests that start the program `replay`: an edit in a command does not recompile them.
    .testTarget(
      name: "ProgramTests",
      dependencies: [
        "Wire", "Networks", "MockQwen", "Sockets", "Terminal", "Judging", "Recordings", "Trials",
        "Canaries", "ReplayCommand", "TestSupport",
      ],
      swiftSettings: strict),
  ]
)
