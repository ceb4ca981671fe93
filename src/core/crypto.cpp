#include "core/crypto.hpp"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <memory>
#include <stdexcept>

#include "core/base64.hpp"

namespace pontage {

namespace {

// Fetched once: the one-shot SHA256() of OpenSSL 3 looks the algorithm up, under locks, at every
// call.
struct DigestContext {
  EVP_MD_CTX* value = EVP_MD_CTX_new();
  ~DigestContext() { EVP_MD_CTX_free(value); }
};

}  // namespace

Sha256 sha256(std::span<const std::string_view> pieces) {
  static EVP_MD* const kAlgorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  thread_local DigestContext context;
  Sha256 digest{};
  bool made = EVP_DigestInit_ex2(context.value, kAlgorithm, nullptr) == 1;
  for (const auto piece : pieces)
    made = made && EVP_DigestUpdate(context.value, piece.data(), piece.size()) == 1;
  if (!made || EVP_DigestFinal_ex(context.value, digest.data(), nullptr) != 1)
    throw std::runtime_error("OpenSSL has no SHA-256");
  return digest;
}

Sha256 sha256(std::string_view data) {
  return sha256(std::span(&data, 1));
}

Sha256 hmac_sha256(std::string_view key, std::string_view data) {
  Sha256 digest{};
  unsigned int length = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(data.data()), data.size(), digest.data(),
           &length) == nullptr) {
    throw std::runtime_error("OpenSSL has no HMAC with SHA-256");
  }
  return digest;
}

std::string_view as_bytes(const Sha256& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    out.push_back(kHex[static_cast<unsigned char>(c) >> 4]);
    out.push_back(kHex[static_cast<unsigned char>(c) & 15]);
  }
  return out;
}

std::string sha256_hex(std::string_view data) {
  return to_hex(as_bytes(sha256(data)));
}

bool constant_time_equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string random_token(std::size_t bytes) {
  std::string raw(bytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(raw.data()), static_cast<int>(bytes)) != 1) {
    throw std::runtime_error("the system's random generator failed");
  }
  return base64url_encode(raw);
}

std::expected<std::string, std::string> rsa_sha256_sign(std::string_view pem,
                                                        std::string_view data) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> text(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  // No password callback: an encrypted key is refused instead of asking at a terminal.
  const auto no_password = [](char*, int, int, void*) { return -1; };
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      text ? PEM_read_bio_PrivateKey(text.get(), nullptr, no_password, nullptr) : nullptr,
      &EVP_PKEY_free);
  ERR_clear_error();
  if (!key) return std::unexpected("the private key is no readable PEM");
  if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA)
    return std::unexpected("the private key is not an RSA key");
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  const auto* bytes = reinterpret_cast<const unsigned char*>(data.data());
  std::size_t length = static_cast<std::size_t>(EVP_PKEY_get_size(key.get()));
  std::string signature(length, '\0');
  const bool made =
      EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &length,
                     bytes, data.size()) == 1;
  ERR_clear_error();
  if (!made) return std::unexpected("the private key cannot sign");
  signature.resize(length);
  return signature;
}

}  // namespace pontage
