// Keys and certificates for tests, made by the openssl program in a folder that goes with it.
#pragma once

#include <string>

namespace millrace::net {

class TestCertificates {
public:
    TestCertificates();
    ~TestCertificates();
    TestCertificates(const TestCertificates&) = delete;
    TestCertificates& operator=(const TestCertificates&) = delete;

    std::string path(const std::string& name) const { return folder_ + '/' + name; }
    /// A certificate of the authority `ca.pem`; `name`.pem has key and certificate, `name`.key and
    /// `name`.crt each.
    void issue(const std::string& name, const std::string& subject_names) const;
    void run(const std::string& arguments) const;

private:
    std::string folder_;
};

}  // namespace millrace::net
