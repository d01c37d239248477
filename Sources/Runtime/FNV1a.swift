/// Fowler, Noll and Vo's hash FNV-1a with 32 bits (RFC 9923): short, stable over versions, and no secret.
package enum FNV1a {
    package static func hash(_ bytes: some Sequence<UInt8>) -> UInt32 {
        bytes.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
    }
}
