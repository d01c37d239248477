// The door to libmosquitto. Nothing here has logic or state.
#pragma once

// The client library: connect, publish, subscribe, and the parts of its loop.
#include <mosquitto.h>
// Reason codes and property identifiers of MQTT 5, which mosquitto.h leaves out.
#include <mqtt_protocol.h>
// OpenSSL: TLS with the broker, and why it failed.
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
