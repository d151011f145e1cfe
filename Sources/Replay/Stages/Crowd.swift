// Many clients of one proxy, each with what it does and when: who comes while all places are taken, who
// does not read, who asks ahead of its turn, and what happens to all of them when the proxy ends. A plan
// says what all clients of a run do alike; here each does something else.

package import MockQwen
internal import Networks
package import ProxyUnderTest

/// What clients do to a proxy, step by step.
package struct Crowd: Sendable {
  package enum Act: Hashable, Sendable {
    /// The client connects.
    case connect
    case send([UInt8])
    /// It reads from now on, or no longer.
    case read(Bool)
    /// It takes one piece of what waits for it, and no more.
    case takePiece
    /// It ends its own direction (FIN) and reads on.
    case finish
    /// The proxy is told to end. Which client is named says nothing.
    case stop(Stopping)
  }

  package struct Step: Hashable, Sendable {
    /// Milliseconds since the proxy began.
    package var time: Int
    /// The number of the client, from 0 on.
    package var client: Int
    package var act: Act

    package init(_ time: Int, _ client: Int, _ act: Act) {
      (self.time, self.client, self.act) = (time, client, act)
    }
  }

  package var settings: Settings
  /// In the order of their times.
  package var steps: [Step]
  /// How the upstream answers the clients, by their numbers, and all others.
  package var answers: [Int: Delivery]
  package var usual: Delivery

  package init(settings: Settings, steps: [Step], answers: [Int: Delivery], usual: Delivery) {
    (self.settings, self.steps, self.answers) = (settings, steps, answers)
    self.usual = usual
  }

  /// The answer to a request, which names its client.
  func answer(to request: Session.Request) -> Delivery {
    StreamTag.number(in: request.body).flatMap { answers[$0] } ?? usual
  }

  /// How many clients there are.
  package var clientCount: Int { (steps.map(\.client).max() ?? -1) + 1 }
}

/// What a crowd has shown.
package struct CrowdObservation: Hashable, Sendable {
  /// How a client's connection ends; times in milliseconds since the proxy began.
  package enum End: Hashable, Sendable {
    case open
    /// The proxy has closed it in order (FIN).
    case closed(at: Int)
    /// The proxy has reset it (RST).
    case reset(at: Int)
  }

  package struct Client: Hashable, Sendable {
    /// All bytes that it got.
    package var bytes: [UInt8] = []
    /// When the last of them came.
    package var lastTime: Int?
    package var end = End.open
    /// The most bytes of its requests that the proxy had taken before the first byte of an answer.
    package var takenMax = 0
  }

  package var clients: [Client] = []
  /// The bodies of the requests that reached the upstream, in their order.
  package var requests: [[UInt8]] = []
  /// The most bytes of answers that the proxy had taken and no client had got.
  package var aheadMax = 0
  /// Connections that were left when all clients had gone.
  package var leftovers = 0
  /// The proxy's log.
  package var notes: [String] = []
  /// Whether the proxy asked to be woken without end.
  package var isRestless = false
}
