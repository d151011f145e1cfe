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
  /// The last words of the process, once it has ended.
  let lastWords = Mutex<String?>(nil)
  /// Whether it does what is not its bug as the proxies of others do: the head goes out as soon as the
  /// upstream's has come, and an answer is aborted when the upstream fails. Our own core waits for a byte of
  /// the body, and writes an error event.
  let actsAsOthers: Bool

  init(actsAsOthers: Bool = false) { self.actsAsOthers = actsAsOthers }
}
