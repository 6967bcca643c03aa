// Keys and certificates out of PEM and PKCS12. Internal to server/net; stateless.
#pragma once

#include <openssl/ossl_typ.h>

#include <memory>
#include <string>
#include <vector>

#include "server/net/tls.h"

namespace millrace::net {

struct FreeKey {
    void operator()(EVP_PKEY* key) const;
};
struct FreeCertificate {
    void operator()(X509* certificate) const;
};

struct ReadStore {
    std::unique_ptr<EVP_PKEY, FreeKey> key;  ///< Null: there is none in it.
    std::vector<std::unique_ptr<X509, FreeCertificate>> certificates;
};

Result<ReadStore> read_key_store(const KeyStore& store, const std::string& key_password);
/// The file, or that it stood in the properties.
std::string store_name(const KeyStore& store);

}  // namespace millrace::net
