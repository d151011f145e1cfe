// The URLs that a client is configured with: what is taken, and what is refused rather than mended.

import Testing
import Wire

@Suite struct BaseURLTests {
  static let good: [(String, BaseURL, printed: String)] = [
    ("http://host", url(.http, "host", 80), "http://host"),
    ("https://host", url(.https, "host", 443), "https://host"),
    ("HTTP://host", url(.http, "host", 80), "http://host"),
    ("hTTpS://Host.Example", url(.https, "Host.Example", 443), "https://Host.Example"),
    ("http://host:80", url(.http, "host", 80), "http://host"),
    ("https://host:80", url(.https, "host", 80), "https://host:80"),
    ("http://host:443", url(.http, "host", 443), "http://host:443"),
    ("http://host:1", url(.http, "host", 1), "http://host:1"),
    ("http://host:65535", url(.http, "host", 65_535), "http://host:65535"),
    ("http://host:00080", url(.http, "host", 80), "http://host"),
    ("http://127.0.0.1:8080", url(.http, "127.0.0.1", 8080), "http://127.0.0.1:8080"),
    ("http://[::1]", url(.http, "::1", 80), "http://[::1]"),
    ("http://[::1]:8080/v1", url(.http, "::1", 8080, "/v1"), "http://[::1]:8080/v1"),
    ("https://[2001:DB8::a.1]/", url(.https, "2001:DB8::a.1", 443), "https://[2001:DB8::a.1]"),
    ("http://[::ffff:127.0.0.1]", url(.http, "::ffff:127.0.0.1", 80), "http://[::ffff:127.0.0.1]"),
    ("http://host/", url(.http, "host", 80), "http://host"),
    ("http://host///", url(.http, "host", 80), "http://host"),
    ("http://host/v1/", url(.http, "host", 80, "/v1"), "http://host/v1"),
    ("http://host:8/a/b//", url(.http, "host", 8, "/a/b"), "http://host:8/a/b"),
    ("http://host//a", url(.http, "host", 80, "//a"), "http://host//a"),
    ("http://host/a:1@b[c]", url(.http, "host", 80, "/a:1@b[c]"), "http://host/a:1@b[c]"),
    ("http://host/%20", url(.http, "host", 80, "/%20"), "http://host/%20"),
  ]

  @Test(arguments: good) func reads(_ text: String, _ expected: BaseURL, printed: String) {
    #expect(BaseURL(text) == expected)
    #expect(expected.description == printed)
    #expect(BaseURL(printed) == expected)
  }

  static let bad = [
    "", "host", "host:80", "http", "http:", "http:/", "http:/host", "//host", "://host",
    "http:host",
    "ftp://host", "ws://host", "httpss://host", " http://host", "http ://host",
    "http://", "http:///", "http:///path", "http://:80", "http://?", "http://#",
    "http://host:", "http://host:/", "http://host:0", "http://host:00000", "http://host:65536",
    "http://host:99999", "http://host:100000", "http://host:000080", "http://host:+80",
    "http://host:-1", "http://host:80a", "http://host: 80", "http://host:8 0", "http://host:0x50",
    "http://host:\u{0668}\u{0660}", "http://host:80:80",
    "http://user@host", "http://user:secret@host", "http://user:1@host", "http://@host",
    "http://host@", "http://host?", "http://host?a=b", "http://host/?a", "http://host/a?b=c",
    "http://host#", "http://host/#a", "http://host/a#b",
    "http://ho st", "http://host/a b", "http://host ", "http://host/\u{7F}", "http://host\r\n",
    "http://host/\r\nX: y", "http://host\t", "http://h\u{F6}st", "http://host/\u{E9}",
    "http://ho\\st", "http://::1", "http://::1:80", "http://[::1", "http://::1]", "http://[]",
    "http://[]:80", "http://[::1]80", "http://[::1]x:80", "http://x[::1]:80", "http://[[::1]]",
    "http://[::1]:", "http://[::1]:0", "http://[host]", "http://[127.0.0.1]", "http://[::g]",
    "http://[fe80::1%25eth0]", "http://[::1]]",
  ]

  @Test(arguments: bad) func refuses(_ text: String) {
    #expect(BaseURL(text) == nil)
  }

  static let authorities: [(BaseURL, String)] = [
    (url(.http, "host", 80), "host"), (url(.http, "host", 8080), "host:8080"),
    (url(.https, "host", 443), "host"), (url(.https, "host", 80), "host:80"),
    (url(.http, "::1", 80), "[::1]"), (url(.http, "::1", 81), "[::1]:81"),
  ]

  @Test(arguments: authorities) func namesItsAuthority(_ url: BaseURL, _ expected: String) {
    #expect(url.authority == expected)
  }

  static let hosts: [(String, String, Int?)] = [
    ("host", "host", nil), ("host:0", "host", 0), ("host:8080", "host", 8080),
    ("[::1]", "::1", nil), ("[::1]:65535", "::1", 65_535),
  ]

  @Test(arguments: hosts) func readsAHostAndPort(_ text: String, _ host: String, _ port: Int?)
    throws
  {
    let read = try #require(BaseURL.hostAndPort(text[...]))
    #expect(read.host == host)
    #expect(read.port == port)
  }
}

private func url(
  _ scheme: BaseURL.Scheme, _ host: String, _ port: Int, _ path: String = ""
) -> BaseURL {
  BaseURL(scheme: scheme, host: host, port: port, path: path)
}
