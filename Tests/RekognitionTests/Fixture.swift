import Base
import Foundation

/// A checked-in JSON file of `Fixtures/`; the script beside it tells how it was made.
func fixture(_ name: String) throws -> JSONValue {
    let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/\(name)")
    return try JSONParser.parse(Array(try Data(contentsOf: path)))
}
