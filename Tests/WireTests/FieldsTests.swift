import Testing

@testable import Wire

@Suite struct FieldsTests {
  @Test func looksUpWithoutCaseAndKeepsOrderAndDuplicates() {
    var fields: Fields = [Field("X-A", "1"), Field("content-TYPE", "t"), Field("x-a", "2")]
    #expect(fields["CONTENT-type"] == "t")
    #expect(fields.values("X-a") == ["1", "2"])
    fields.set("x-A", "3")
    #expect(fields.list == [Field("X-A", "3"), Field("content-TYPE", "t")])
  }
}
