// Whether a plan has any effect on a recording, and whether a target can be run under it. A cut or fault
// outside the response has no effect, and a pass under it would prove nothing.

internal import Judging
package import MockQwen
internal import Recordings
internal import Terminal
internal import Wire

/// Why a delivery has none of the plan's effects; nil when it has.
package func emptyReason(_ delivery: Delivery, _ plan: Plan) -> String? {
  let transmission = delivery.transmission
  let session = transmission.session
  let (bytes, body) = (transmission.bytes.count, session.body.count)
  let hasNoBody = session.response.status == 204 || session.response.status == 304
  let form = BodyForm(session.response.fields)
  if form != .plain, form.blocks(in: session.body).allSatisfy(\.isBlank) {
    return "the recording has no block: there is nothing that could be lost"
  }
  if session.body.isEmpty, !hasNoBody, session.request.method != "HEAD" {
    return "the recording has an empty body: there is nothing that could be lost"
  }
  if case .at(let offsets) = plan.cuts, let last = offsets.last, last >= bytes {
    return "the cut at \(last) lies outside the response, which has \(bytes) bytes"
  }
  if case .at(let offsets) = plan.chunks, let last = offsets.last, last >= body {
    return "the chunk border at \(last) lies outside the body, which has \(body) bytes"
  }
  if case .at(let offsets)? = plan.records?.ends, let last = offsets.last, last >= bytes {
    return "the record that ends at \(last) lies outside the response, which has \(bytes) bytes"
  }
  if let message = plan.handshake, message.offset >= bytes {
    return "the handshake at \(message.offset) lies outside the response, which has \(bytes) bytes"
  }
  if let fault = plan.fault, fault.offset > bytes {
    return "the fault at \(fault.offset) lies outside the response, which has \(bytes) bytes"
  }
  if let behavior = plan.behavior, behavior.offset > body {
    return "the client acts at byte \(behavior.offset) of a body that has \(body) bytes"
  }
  if let stop = plan.stop, stop > body {
    return "the proxy is told to stop at byte \(stop) of a body that has \(body) bytes"
  }
  return nil
}

extension TargetRunOptions {
  /// A plan that would take longer than this in real time, in milliseconds, is refused.
  private static let timeMax = 600_000

  /// Throws `UsageError` for a plan that a target cannot be run under exactly.
  func refuseWhatCannotBeDone() throws {
    guard case .one(let plan)? = plans else { return }
    if plan.stop != nil, settings.launch == nil {
      throw UsageError(
        "stop= tells the target to end: that needs a target that is started with --launch")
    }
    if plan.behavior?.rest != nil {
      throw UsageError(
        "client=pauses@N/Ts rests in virtual time, which a target has not: say client=pauses@N")
    }
    if plan.octet != nil {
      throw UsageError(
        "octet= asks for the grammar of the embedded proxy: other proxies may take more or less")
    }
    if plan.speaksTLS, !settings.tls.isServed {
      throw UsageError("'\(plan)' speaks of TLS: that needs --tls, so that the mock speaks https")
    }
    for (_, recording) in recordings {
      let session = recording.session
      if plan.streams > 1, !session.takesTags {
        throw UsageError(
          "streams= needs a request with a JSON object, to tell the streams apart; that of "
            + "\(session.name) has none")
      }
      let delivery = Delivery(session, plan)
      let last = delivery.fragmentEnds.indices.last.map { delivery.dueTime(ofFragment: $0) } ?? 0
      if last > Self.timeMax {
        throw UsageError(
          "pacing=\(plan.pacing) would take \(last / 1_000) s of real time with \(session.name); "
            + "at most \(Self.timeMax / 1_000) s are taken")
      }
    }
  }
}

extension Session {
  /// Whether its request can carry a tag, so that parallel streams can be told apart.
  var takesTags: Bool { request.method == "POST" && request.body.last == UInt8(ascii: "}") }
}
