import Base

extension FuzzTarget {
    /// What is read as JSON is written as JSON that is read as the same; a whole number may have been written as a fraction.
    static let json = FuzzTarget("json") { bytes in
        guard let value = try? JSONParser.parse(bytes) else { return }
        guard let again = try? JSONParser.parse(value.jsonBytes) else {
            preconditionFailure("what was read is written as something that is no JSON")
        }
        precondition(again.jsonBytes == value.jsonBytes, "what was read is written as something else")
    }
}
