// The door to libmosquitto. Nothing here has logic or state.
#pragma once

// The client library: connect, publish, subscribe, and the parts of its loop.
#include <mosquitto.h>
// Reason codes and property identifiers of MQTT 5, which mosquitto.h leaves out.
#include <mqtt_protocol.h>
// OpenSSL, with which libmosquitto speaks TLS: only it knows why a certificate was refused.
#include <openssl/ssl.h>
