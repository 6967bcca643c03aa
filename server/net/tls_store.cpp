#include "server/net/tls_store.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/base/read_file.h"

namespace millrace::net {

namespace {

struct FreeBio {
    void operator()(BIO* bio) const { BIO_free(bio); }
};
using BioPtr = std::unique_ptr<BIO, FreeBio>;

BioPtr reader(const std::string& bytes) {
    return BioPtr(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

/// Without it OpenSSL would ask on the terminal.
int give_password(char* out, int size, int, void* password) {
    const auto& text = *static_cast<const std::string*>(password);
    const int count = std::min(size, static_cast<int>(text.size()));
    std::memcpy(out, text.data(), static_cast<size_t>(count));
    return count;
}

Result<ReadStore> read_pem(const std::string& text, const std::string& where,
                           std::string password) {
    ReadStore out;
    if (text.find("PRIVATE KEY-----") != std::string::npos) {
        const BioPtr bio = reader(text);
        out.key.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, give_password, &password));
        if (!out.key) {
            const bool is_encrypted = text.find("ENCRYPTED") != std::string::npos;
            return Status(Fault::kFatal,
                          where + ": the private key cannot be read: " + tls_error_text() +
                              (is_encrypted ? "; it is encrypted, ssl.key.password opens it" : ""));
        }
    }
    const BioPtr bio = reader(text);
    while (X509* certificate = PEM_read_bio_X509_AUX(bio.get(), nullptr, give_password, &password))
        out.certificates.emplace_back(certificate);
    // That there are no more is the one failure that is none.
    const unsigned long error = ERR_peek_last_error();
    const bool is_end = error == 0 || ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
    if (!is_end) {
        return Status(Fault::kFatal, where + ": a certificate cannot be read: " + tls_error_text());
    }
    ERR_clear_error();
    return out;
}

Result<ReadStore> read_pkcs12(const std::string& bytes, const std::string& where,
                              const std::string& password) {
    const BioPtr bio = reader(bytes);
    PKCS12* sealed = d2i_PKCS12_bio(bio.get(), nullptr);
    if (sealed == nullptr) {
        ERR_clear_error();
        return Status(Fault::kFatal, where + " is no PKCS12 file");
    }
    EVP_PKEY* key = nullptr;
    X509* own = nullptr;
    STACK_OF(X509)* others = nullptr;
    const int opened = PKCS12_parse(sealed, password.c_str(), &key, &own, &others);
    PKCS12_free(sealed);
    if (opened != 1) {
        return Status(Fault::kFatal,
                      where + " cannot be opened (is the password right?): " + tls_error_text());
    }
    ReadStore out;
    out.key.reset(key);
    if (own != nullptr) out.certificates.emplace_back(own);
    while (sk_X509_num(others) > 0) out.certificates.emplace_back(sk_X509_shift(others));
    sk_X509_free(others);
    return out;
}

}  // namespace

void FreeKey::operator()(EVP_PKEY* key) const {
    EVP_PKEY_free(key);
}

void FreeCertificate::operator()(X509* certificate) const {
    X509_free(certificate);
}

std::string store_name(const KeyStore& store) {
    return store.file.empty() ? "the PEM text in the properties" : store.file;
}

Result<ReadStore> read_key_store(const KeyStore& store, const std::string& key_password) {
    const std::string where = store_name(store);
    if (store.file.empty()) return read_pem(store.pem, where, key_password);
    const auto bytes = read_file(store.file);
    if (!bytes) return Status(Fault::kFatal, "Cannot read " + where + ": " + std::strerror(errno));
    return store.is_pkcs12 ? read_pkcs12(*bytes, where, store.password)
                           : read_pem(*bytes, where, key_password);
}

}  // namespace millrace::net
