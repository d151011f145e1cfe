// Which proxy core runs, by its name in `--core`.

internal import MockQwen
package import ProxyServing
internal import ProxyUnderTest
internal import Wire

/// A core with its name: `embedded`, or a canary's.
package struct CoreChoice: Sendable {
  /// The name, for reports and crash files.
  package var name: String
  /// The core.
  package var type: any ProxyCore.Type

  package init(name: String, type: any ProxyCore.Type) {
    self.name = name
    self.type = type
  }

  /// The project's own core.
  package static let embedded = CoreChoice(name: CrashFile.embedded, type: Exchange.self)
}
