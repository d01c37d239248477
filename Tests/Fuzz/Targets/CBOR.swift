import Base
import Rekognition

extension FuzzTarget {
    /// What is read as CBOR is written as CBOR that can be read.
    static let cbor = FuzzTarget("cbor") { bytes in
        guard let value = try? CBORReader.value(of: bytes) else { return }
        guard (try? CBORReader.value(of: CBORWriter.bytes(of: value))) != nil else {
            preconditionFailure("what was read is written as something that is no CBOR")
        }
    }
}
