// STREAM=false with servers of many kinds: the one answer says what the stream said, and what is not a
// whole answer is an error.

import MockQwen
import Testing

@Suite struct JoinedStreamTests {
  @Test(arguments: JoinedShape.all) func isOneAnswer(_ shape: JoinedShape) { shape.check() }
}
