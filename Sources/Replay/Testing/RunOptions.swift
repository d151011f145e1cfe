// How a proxy is asked and judged: those options of `replay run --target` that apply to a test.

internal import Judging
internal import Trials
internal import Wire

/// How a proxy is asked, what is compared, and how long to wait.
public struct RunOptions: Hashable, Sendable {
  /// How much of the answer must arrive unchanged; rising.
  public enum Comparison: String, Hashable, Sendable, CaseIterable {
    /// The content of the stream, by JSON value: texts, tool arguments, finish reasons, usage.
    case content
    /// The events: type, data, id and retry, byte for byte.
    case events
    /// The body, byte for byte.
    case bytes
  }

  /// How much is compared.
  public var comparison = Comparison.events
  /// The path that the client posts to, such as `/v1/chat/completions`; nil for the path of the proxy's
  /// URL followed by `/chat/completions`.
  public var path: String?
  /// Fields that the client sends instead of its own with the same names.
  public var fields: [(name: String, value: String)] {
    get { list.map { ($0.name, $0.value) } }
    set { list = newValue.map { Field($0.name, $0.value) } }
  }
  private var list: [Field] = []
  /// The model that the client asks for; nil for the recorded one.
  public var model: String?
  /// What the proxy may do to a request, in the words of `replay run --policy`; empty if it must change
  /// nothing.
  public var policy = ""
  /// How long the proxy may be silent when it has something to do, in milliseconds: 1 to 600,000.
  public var timeout = 5_000
  /// How long the proxy may hold back a complete block, in milliseconds: 1 to 600,000.
  public var lateAfter = 500

  /// The defaults of `replay run`.
  public init() {}

  private static let waits = 1...600_000

  /// The settings of a run. Throws `ReplayError` for invalid options.
  func settings(for proxy: BaseURL, upstream: BaseURL) throws(ReplayError) -> TargetSettings {
    guard Self.waits.contains(timeout), Self.waits.contains(lateAfter) else {
      throw ReplayError("timeout and lateAfter are 1 to 600000 milliseconds")
    }
    for field in list {
      let isValid =
        !field.name.contains(":")
        && (try? TargetSettings.field("\(field.name): \(field.value)")) != nil
      guard isValid else {
        throw ReplayError("the field '\(field.name)' has a name or a value that no head may hold")
      }
    }
    var settings = TargetSettings()
    settings.url = proxy
    settings.listen = ListenPlace()
    (settings.listen.host, settings.listen.port) = (upstream.host, upstream.port)
    if !proxy.path.isEmpty { settings.path = proxy.path + "/chat/completions" }
    if let path {
      guard path.hasPrefix("/"), path.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
        throw ReplayError("the path must be like /v1/chat/completions, not '\(path)'")
      }
      settings.path = path
    }
    settings.level = CompareLevel(rawValue: comparison.rawValue) ?? .events
    settings.fields = Fields(list)
    settings.model = model
    settings.policy = try asReplayError { try Policy(policy) }
    (settings.timeout, settings.lateAfter) = (timeout, lateAfter)
    return settings
  }
}
