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
    .library(name: "Replay", targets: ["Replay"]),
  ],
  targets: [
    .target(name: "Wire", swiftSettings: strict),
    .target(name: "MockQwen", dependencies: ["Wire"], swiftSettings: strict),
    .target(name: "ProxyUnderTest", dependencies: ["Wire"], swiftSettings: strict),
    .systemLibrary(name: "SystemCalls"),
    .target(name: "Sockets", dependencies: ["Wire", "SystemCalls"], swiftSettings: strict),
    .target(name: "Inflate", path: "Sources/Replay/Inflate", swiftSettings: strict),
    .target(
      name: "Replay",
      dependencies: ["Wire", "MockQwen", "ProxyUnderTest", "Sockets", "Inflate"],
      exclude: ["Inflate"],
      swiftSettings: strict),
    .executableTarget(name: "ReplayCommand", dependencies: ["Replay"], swiftSettings: strict),

    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
    .testTarget(
      name: "WireTests", dependencies: ["Wire", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "MockQwenTests", dependencies: ["MockQwen", "Wire", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "ProxyUnderTestTests", dependencies: ["ProxyUnderTest", "Wire", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "SocketsTests", dependencies: ["Sockets", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "InflateTests", dependencies: ["Inflate", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "ReplayTests",
      dependencies: ["Replay", "MockQwen", "ProxyUnderTest", "Sockets", "Wire", "TestSupport"],
      swiftSettings: strict),
  ]
)
