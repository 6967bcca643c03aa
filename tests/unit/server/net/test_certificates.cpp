#include "test_certificates.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace millrace::net {

TestCertificates::TestCertificates() {
    std::string folder = std::filesystem::temp_directory_path() / "millrace-tls.XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no folder");
    folder_ = folder;
    run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test-ca "
        "-keyout ca.key -out ca.pem");
}

TestCertificates::~TestCertificates() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

void TestCertificates::run(const std::string& arguments) const {
    const std::string command =
        "cd '" + folder_ + "' && openssl " + arguments + " >/dev/null 2>openssl.err";
    if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

void TestCertificates::issue(const std::string& name, const std::string& subject_names) const {
    std::ofstream(path(name + ".ext")) << "subjectAltName=" << subject_names << '\n';
    run("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=" + name + " -keyout " +
        name + ".key -out " + name + ".csr");
    run("x509 -req -in " + name +
        ".csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile " + name + ".ext -out " +
        name + ".crt");
    std::ofstream(path(name + ".pem"))
        << std::ifstream(path(name + ".key")).rdbuf() << std::ifstream(path(name + ".crt")).rdbuf();
}

}  // namespace millrace::net
