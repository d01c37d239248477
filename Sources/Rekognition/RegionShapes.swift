package import Base

extension RekognitionAPI {
    /// The regions in a list of AWS's `RegionOfInterest` objects, by the rules of the API.
    /// - Throws: `InvalidParameterException` that names every flaw with its index.
    package static func regions(in list: JSONValue) throws(APIError) -> [Region] {
        let request = try Members(request: ["RegionsOfInterest": list])
        let regions = try Region.read("RegionsOfInterest", of: request) ?? []
        try request.violations.throwIfAny()
        return regions
    }
}

extension Region {
    /// At most this many (service model, `RegionsOfInterest`).
    static let allowedCount = 0...10

    /// Reads `RegionsOfInterest`. Broken regions are noted with their index and left out.
    static func read(_ name: String, of request: Members) throws(APIError) -> [Region]? {
        guard let items = try request.structures(name, count: allowedCount) else { return nil }
        var regions: [Region] = []
        for item in items {
            if let region = try read(item) { regions.append(region) }
        }
        return regions
    }

    private static func read(_ item: Members) throws(APIError) -> Region? {
        let box = try item.structure("BoundingBox")
        let points = try item.structures("Polygon", count: nil)
        switch (box, points) {
        case (let box?, nil): return try readBox(box)
        case (nil, let points?): return try readPolygon(points, of: item)
        case (nil, nil), (_?, _?):
            item.violations.add(
                .object(item.values), at: item.path, "Member must hold exactly one of BoundingBox and Polygon")
            return nil
        }
    }

    private static func readBox(_ box: Members) throws(APIError) -> Region? {
        let left = try box.double("Left"), top = try box.double("Top")
        let width = try box.double("Width"), height = try box.double("Height")
        func refuse(_ constraint: String) -> Region? {
            box.violations.add(.object(box.values), at: box.path, constraint)
            return nil
        }
        guard let left, let top, let width, let height else {
            return refuse("Member must have Left, Top, Width and Height")
        }
        // Callers compute with 32-bit floats: 0.7 + 0.3 may come out a little above 1.
        let frame = -1e-6...1 + 1e-6
        guard [left, top, width, height, left + width, top + height].allSatisfy(frame.contains) else {
            return refuse("Member must lie inside the frame, in ratios of it (0 to 1)")
        }
        guard let region = NormalizedBox(left: left, top: top, width: width, height: height), region.area > 1e-9 else {
            return refuse("Member must have an area")
        }
        return .box(region)
    }

    private static func readPolygon(_ points: [Members], of item: Members) throws(APIError) -> Region? {
        let place = item.path(of: "Polygon")
        func refuse(_ constraint: String) -> Region? {
            item.violations.add(item.values["Polygon"] ?? .null, at: place, constraint)
            return nil
        }
        var corners: [Point] = []
        for point in points {
            guard let x = try point.double("X"), let y = try point.double("Y") else {
                return refuse("Each point must have X and Y")
            }
            corners.append(Point(x: x, y: y))
        }
        do {
            return .polygon(try Polygon(corners))
        } catch {
            return refuse("Polygon \(error)")
        }
    }

    /// As `RegionOfInterest` in Describe.
    var json: JSONValue {
        switch self {
        case .box(let box):
            [
                "BoundingBox": [
                    "Left": .number(box.left), "Top": .number(box.top), "Width": .number(box.width),
                    "Height": .number(box.height),
                ]
            ]
        case .polygon(let polygon):
            ["Polygon": .array(polygon.points.map { ["X": .number($0.x), "Y": .number($0.y)] })]
        }
    }
}
