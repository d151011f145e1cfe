// The names that `--core` takes: the project's own core, and every canary.

internal import MockQwen
internal import Terminal
package import Trials
internal import Wire

extension CoreChoice {
  /// The core with a name. Throws `UsageError` when none has it.
  package init(named name: String) throws {
    if name == CrashFile.embedded {
      self = .embedded
    } else if let canary = Canary.named(name) {
      self.init(name: name, type: canary.core)
    } else if let canary = CanaryName(rawValue: name) {
      self.init(name: name, type: canary.core)
    } else {
      let known = CanaryName.allCases.map(\.rawValue).joined(separator: ", ")
      throw UsageError(
        "--core does not know '\(name)'; it takes embedded, \(known), or the "
          + "name of a canary, as replay canaries lists them"
          + nearest(name, Canary.all.map(\.name) + CanaryName.allCases.map(\.rawValue)))
    }
  }
}
