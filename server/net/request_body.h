// A request's body as it is collected. Beast's own string body makes room for as much as a client
// says it will send; this one for what has come. Internal to server/net.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/optional.hpp>
#include <cstdint>
#include <string>

namespace millrace::net {

struct RequestBody {
    using value_type = std::string;

    class reader {  // NOLINT(readability-identifier-naming): the name is Beast's.
    public:
        template <bool kIsRequest, class Fields>
        reader(boost::beast::http::header<kIsRequest, Fields>& /*header*/, std::string& body)
            : body_(body) {}

        void init(const boost::optional<uint64_t>& /*length*/, boost::beast::error_code& error) {
            error = {};
        }
        template <class Buffers>
        size_t put(const Buffers& buffers, boost::beast::error_code& error) {
            error = {};
            size_t taken = 0;
            for (auto at = boost::asio::buffer_sequence_begin(buffers);
                 at != boost::asio::buffer_sequence_end(buffers); ++at) {
                const boost::asio::const_buffer buffer = *at;
                body_.append(static_cast<const char*>(buffer.data()), buffer.size());
                taken += buffer.size();
            }
            return taken;
        }
        void finish(boost::beast::error_code& error) { error = {}; }

    private:
        std::string& body_;
    };
};

}  // namespace millrace::net
