import ArgumentParser
import Base
import Rekognition
import Settings

/// Reads `--region`, which takes shorter forms than the API.
enum ProcessorRegions {
    /// - Returns: AWS's `RegionOfInterest` objects; nil when no option was given.
    static func read(_ options: [String]) throws -> JSONValue? {
        guard !options.isEmpty else { return nil }
        return .array(try options.flatMap { option in try read(option) })
    }

    private static func read(_ option: String) throws -> [JSONValue] {
        let bytes =
            if option.hasPrefix("@") { try readFile(String(option.dropFirst()), atMost: 1 << 20) } else {
                Array(option.utf8)
            }
        let json: JSONValue
        do { json = try TextFile.json(bytes) } catch {
            throw ValidationError("--region \(option.prefix(60)): is not JSON \(error)")
        }
        guard let regions = regions(in: json) else {
            throw ValidationError(
                "--region \(option.prefix(60)): give [[x,y],[x,y],[x,y]…], {\"Left\":…,\"Top\":…,\"Width\":…,\"Height\":…} "
                    + "or AWS's RegionOfInterest")
        }
        return regions
    }

    private static func regions(in json: JSONValue) -> [JSONValue]? {
        if let region = region(json) { return [region] }
        guard let items = json.array, !items.isEmpty else { return nil }
        let regions = items.compactMap(region)
        return regions.count == items.count ? regions : nil
    }

    private static func region(_ json: JSONValue) -> JSONValue? {
        if json["BoundingBox"] != nil || json["Polygon"] != nil { return json }
        if json["Left"] != nil { return ["BoundingBox": json] }
        guard let points = json.array.map({ $0.compactMap(point) }), points.count == json.array?.count,
            points.count >= 3
        else { return nil }
        return ["Polygon": .array(points)]
    }

    private static func point(_ json: JSONValue) -> JSONValue? {
        if json["X"] != nil, json["Y"] != nil { return json }
        guard let pair = json.array, pair.count == 2, pair.allSatisfy({ $0.double != nil }) else { return nil }
        return ["X": pair[0], "Y": pair[1]]
    }
}
