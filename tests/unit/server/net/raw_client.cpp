#include "raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "engine/base/clock.h"

namespace millrace::net {

RawClient::RawClient(uint16_t port, const char* from) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    ::inet_pton(AF_INET, from, &address.sin_addr);
    if (::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        throw std::runtime_error("cannot bind");
    }
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        throw std::runtime_error("cannot connect");
    }
}

RawClient::~RawClient() {
    close();
}

void RawClient::close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
}

void RawClient::send(std::string_view bytes) const {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return;
        bytes.remove_prefix(static_cast<size_t>(sent));
    }
}

std::string RawClient::read_until(std::string_view tail, int limit_ms) const {
    std::string out;
    std::array<char, 65536> buffer{};
    const int64_t deadline = steady_ms() + limit_ms;
    while (tail.empty() || !std::string_view(out).ends_with(tail)) {
        pollfd poll_fd{fd_, POLLIN, 0};
        const auto left = static_cast<int>(deadline - steady_ms());
        if (left <= 0 || ::poll(&poll_fd, 1, left) <= 0) break;
        const ssize_t got = ::recv(fd_, buffer.data(), buffer.size(), 0);
        if (got <= 0) break;
        out.append(buffer.data(), static_cast<size_t>(got));
    }
    return out;
}

bool RawClient::closed_within_ms(int limit_ms) const {
    std::array<char, 65536> buffer{};
    const int64_t deadline = steady_ms() + limit_ms;
    for (;;) {
        pollfd poll_fd{fd_, POLLIN, 0};
        const auto left = static_cast<int>(deadline - steady_ms());
        if (left <= 0 || ::poll(&poll_fd, 1, left) <= 0) return false;
        if (::recv(fd_, buffer.data(), buffer.size(), 0) <= 0) return true;
    }
}

bool becomes_true(const std::function<bool()>& condition) {
    const int64_t deadline = steady_ms() + 5'000;
    while (!condition()) {
        if (steady_ms() > deadline) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

}  // namespace millrace::net
