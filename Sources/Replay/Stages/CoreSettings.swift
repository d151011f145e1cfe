// A plan's words about the proxy, as settings of the embedded core.

internal import MockQwen
internal import ProxyUnderTest

extension Settings {
  /// These settings, changed by a plan. `clientKey` is the key that its clients send.
  func set(by words: CoreWords, clientKey: String) -> Settings {
    var settings = self
    settings.heartbeatTime = words.heartbeat
    settings.limits.totalTimeMax = words.total
    if let time = words.idle { settings.limits.idleTimeMax = time }
    if let time = words.first { settings.limits.firstByteTimeMax = time }
    if let time = words.connect { settings.limits.connectTimeMax = time }
    if let count = words.block { settings.limits.blockBytesMax = count }
    if let count = words.connections { settings.limits.connectionsMax = count }
    settings.keepsUpstreams = words.reuses
    settings.streams = !words.joins
    settings.keepsHalfClosed = words.keepsHalfClosed
    // One key is not a list; and the right one must be neither the longest nor the first.
    settings.clientKeys = words.asksForKey ? ["sk-of-somebody-else-entirely", clientKey, "k"] : []
    settings.defaultModel = words.namesModel ? CoreWords.model : nil
    return settings
  }
}
