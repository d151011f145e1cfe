// What the streams of a wrong proxy share. A core is a value and knows nothing of others; a proxy
// whose bug is that streams share something keeps it here. Each run of a canary has its own, so that
// runs side by side do not disturb each other.

internal import Synchronization
internal import Wire

/// The memory of one proxy process.
final class SharedMemory: Sendable {
  @TaskLocal static var current = SharedMemory()

  /// The one buffer for the unfinished events of all streams.
  package let open = Mutex<[UInt8]>([])
  /// Whether the process has ended.
  let isDead = Mutex(false)
  /// Whether it aborts an answer when the upstream fails, where others write an error event.
  let abortsOnFailure: Bool

  init(abortsOnFailure: Bool = false) { self.abortsOnFailure = abortsOnFailure }
}
