#include "server/net/url.h"

#include <catch2/catch.hpp>

#include "server/net/http.h"

using namespace millrace;
using namespace millrace::net;

TEST_CASE("A URL is split into its parts", "[net][url]") {
    Url url = parse_url("HTTP://me:p%40ss@Example.org:8088/a/b?x=1#part").value();
    CHECK(url.scheme == "http");
    CHECK(url.host == "Example.org");
    CHECK(url.port == 8088);
    CHECK(url.path == "/a/b?x=1");
    CHECK(url.user == "me");
    CHECK(url.password == "p@ss");
    CHECK(url.origin() == "http://Example.org:8088");

    CHECK(parse_url("localhost:8088")->port == 8088);
    CHECK(parse_url("localhost")->path == "/");
    CHECK(parse_url("https://host")->port == 443);
    CHECK(parse_url("http://host?q=1")->path == "/?q=1");
    CHECK(parse_url("http://[::1]:80/")->host == "::1");
    CHECK(parse_url("http://[::1]:81/")->origin() == "http://[::1]:81");
}

TEST_CASE("A broken URL says what is wrong", "[net][url]") {
    CHECK(parse_url("ftp://host").status().message() ==
          "Invalid URL 'ftp://host': the scheme must be http or https");
    CHECK_FALSE(parse_url("http://"));
    CHECK_FALSE(parse_url("http://host:70000"));
    CHECK_FALSE(parse_url("http://host:80x"));
    CHECK_FALSE(parse_url("http://ho st"));
    CHECK_FALSE(parse_url("http://[::1"));
    CHECK_FALSE(parse_url(""));
}

TEST_CASE("Percent encoding goes there and back", "[net][url]") {
    CHECK(percent_decode("a%20b+c") == "a b+c");
    CHECK(percent_decode("a%20b+c", true) == "a b c");
    CHECK(percent_decode("100%") == "100%");
    CHECK(percent_decode("%zz%4") == "%zz%4");
    CHECK(percent_encode("auto.offset.reset") == "auto.offset.reset");
    CHECK(percent_decode(percent_encode("Grüße /?&=%+")) == "Grüße /?&=%+");
}

TEST_CASE("Headers are found whatever their case", "[net][http]") {
    const Headers headers = {{"Content-Type", "application/json"}, {"Accept", "a, B ;q=1"}};
    CHECK(find_header(headers, "content-type") == "application/json");
    CHECK_FALSE(find_header(headers, "content").has_value());
    CHECK(header_has_token("a, B ;q=1", "b"));
    CHECK_FALSE(header_has_token("ab", "a"));
}
