// The scripted sessions: what a Qwen upstream may send, written by hand in the formats that DashScope
// documents and that are seen on its wire, one scenario per script. They are the sessions that exist
// before a real one has been recorded, and each is small, because it is replayed thousands of times. A
// script is a constant: the same bytes, borders and times in every process.
//
// The scenarios are in the files beside this one, by theme; `CompatibleAnswer` and `NativeAnswer`
// write the frames of the two dialects, `ScriptSession` the request, the head and the read borders.

/// A scripted session: a name, what it shows, and what the upstream sent.
package struct Script: Hashable, Sendable, CustomStringConvertible {
  /// The session's name too: lower case, words joined by hyphens, unique in `all`.
  package var name: String
  /// One line about the script, which names it as synthetic.
  package var summary: String
  package var session: Session

  package init(name: String, summary: String, session: Session) {
    self.name = name
    self.summary = summary
    self.session = session
  }

  /// The name; a whole session would flood a report.
  package var description: String { name }

  /// Every script, in the order in which they are listed to a user.
  package static let all: [Script] = [
    chatEnglish, chatChineseEmoji, thinking, toolsParallel, usageChunk, choicesTwo,
    portalFirstChunkTwice, nativeIncremental, nativeCumulative, nativeError429,
    compatibleError429, keepAlives, crlfLines, crAndMixedLines, multiLineData, hostileText,
    finishVariants, closeDelimited, contentLength, truncated, unterminatedEnd, unterminatedLine,
    longAnswer,
  ]
}
