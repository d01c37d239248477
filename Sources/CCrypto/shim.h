// The door to OpenSSL, which libmosquitto brings along anyway. Nothing here has logic or state.
#pragma once

// Why a call failed.
#include <openssl/err.h>
// SHA-256 and HMAC for signatures of requests, and comparison in constant time.
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
// Keys and certificates: to make, to read, to write and to judge them.
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
// TLS for the API.
#include <openssl/ssl.h>
