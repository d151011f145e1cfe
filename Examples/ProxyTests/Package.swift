// swift-tools-version: 6.2
// The tests of a proxy, in a package of its own: this is what a user's package looks like.
import PackageDescription

let package = Package(
  name: "ProxyTests",
  dependencies: [
    // In your package: .package(url: "https://…/replay", branch: "main")
    .package(name: "replay", path: "../..")
  ],
  targets: [
    .target(name: "PipeProxy"),
    .testTarget(
      name: "PipeProxyTests",
      dependencies: ["PipeProxy", .product(name: "ReplayTesting", package: "replay")]),
  ]
)
