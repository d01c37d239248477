import Base

/// Reads the parts of a COCO file one after the other: annotations need to know pictures and categories.
struct DatasetReader {
    private(set) var classNames: [String] = []
    private(set) var pictures: [Dataset.Picture] = []
    private var classIndexes: [Int: Int] = [:]
    private var pictureIndexes: [Int: Int] = [:]
    private var sources: Set<String> = []

    mutating func readCategories(_ json: JSONValue) throws(EvaluateError) {
        for (path, item) in try Self.list("categories", of: json, atMost: Dataset.mostClasses) {
            let id = try Self.id("id", of: item, at: path)
            guard let name = item["name"]?.string, !name.isEmpty else {
                throw .dataset(path: "\(path).name", problem: "must be the name of a class")
            }
            guard !classNames.contains(name) else {
                throw .dataset(path: "\(path).name", problem: "\"\(name)\" is there twice")
            }
            guard classIndexes.updateValue(classNames.count, forKey: id) == nil else {
                throw .dataset(path: "\(path).id", problem: "\(id) is there twice")
            }
            classNames.append(name)
        }
    }

    mutating func readPictures(_ json: JSONValue) throws(EvaluateError) {
        let numbers = Dictionary(classNames.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        for (path, item) in try Self.list("images", of: json, atMost: Dataset.mostPictures) {
            let id = try Self.id("id", of: item, at: path)
            guard pictureIndexes.updateValue(pictures.count, forKey: id) == nil else {
                throw .dataset(path: "\(path).id", problem: "\(id) is there twice")
            }
            let name = try Self.fileName(of: item, at: path)
            guard let width = item["width"]?.int, let height = item["height"]?.int,
                let size = PixelSize(width: width, height: height)
            else {
                throw .dataset(
                    path: path, problem: "width and height must be whole numbers from 1 to \(PixelSize.largestSide)")
            }
            pictures.append(
                Dataset.Picture(
                    fileName: name, size: size, annotatedClasses: try Self.annotated(item, at: path, numbers),
                    source: try source(of: item, at: path)))
        }
        guard !pictures.isEmpty else {
            throw .dataset(path: "$.images", problem: "is empty: name at least one picture")
        }
    }

    mutating func readAnnotations(_ json: JSONValue) throws(EvaluateError) {
        for (path, item) in try Self.list("annotations", of: json, atMost: Dataset.mostValues) {
            let (image, category) = (
                try Self.id("image_id", of: item, at: path), try Self.id("category_id", of: item, at: path)
            )
            guard let picture = pictureIndexes[image] else {
                throw .dataset(path: "\(path).image_id", problem: "there is no image \(image)")
            }
            guard let classIndex = classIndexes[category] else {
                throw .dataset(path: "\(path).category_id", problem: "there is no category \(category)")
            }
            guard pictures[picture].truths.count < Dataset.mostTruths else {
                throw .dataset(path: path, problem: "image \(image) has more than \(Dataset.mostTruths) annotations")
            }
            pictures[picture].truths.append(
                Dataset.Truth(
                    classIndex: classIndex, box: try Self.box(of: item, at: path, in: pictures[picture].size),
                    isCrowd: try Self.flag("iscrowd", of: item, at: path)))
        }
    }

    // MARK: - One member

    private static func list(
        _ key: String, of json: JSONValue, atMost most: Int
    ) throws(EvaluateError) -> [(path: String, item: JSONValue)] {
        guard let items = json[key]?.array else {
            throw .dataset(path: "$.\(key)", problem: "must be a list, as in COCO's instances files")
        }
        guard items.count <= most else {
            throw .dataset(path: "$.\(key)", problem: "has \(items.count) items, more than \(most)")
        }
        return items.enumerated().map { ("$.\(key)[\($0)]", $1) }
    }

    private static func id(_ key: String, of json: JSONValue, at path: String) throws(EvaluateError) -> Int {
        guard let id = json[key]?.int else {
            throw .dataset(path: "\(path).\(key)", problem: "must be a whole number")
        }
        return id
    }

    private static func fileName(of json: JSONValue, at path: String) throws(EvaluateError) -> String {
        guard let name = json["file_name"]?.string else {
            throw .dataset(path: "\(path).file_name", problem: "must be the name of a picture")
        }
        guard Dataset.staysInside(name) else {
            throw .dataset(
                path: "\(path).file_name",
                problem: "must lie below the folder of pictures: no \"..\", no / in front, at most 1024 bytes")
        }
        return name
    }

    private mutating func source(of json: JSONValue, at path: String) throws(EvaluateError) -> String? {
        guard let member = json["source"], member != .null else { return nil }
        guard let name = member.string, (1...200).contains(name.utf8.count), name.utf8.allSatisfy({ $0 >= 0x20 }) else {
            throw .dataset(path: "\(path).source", problem: "must be a name of at most 200 bytes on one line")
        }
        sources.insert(name)
        guard sources.count <= Dataset.mostSources else {
            throw .dataset(path: "\(path).source", problem: "there are more than \(Dataset.mostSources) sources")
        }
        return name
    }

    /// Names that are no category say nothing here: of such a class nothing can be compared.
    private static func annotated(
        _ json: JSONValue, at path: String, _ numbers: [String: Int]
    ) throws(EvaluateError) -> Set<Int> {
        guard let list = json["annotated_classes"], list != .null else { return Set(numbers.values) }
        guard let items = list.array, items.allSatisfy({ $0.string != nil }) else {
            throw .dataset(path: "\(path).annotated_classes", problem: "must be a list of class names")
        }
        return Set(items.compactMap { numbers[$0.string ?? ""] })
    }

    /// `[x, y, width, height]` in pixels, as ratios of the picture.
    private static func box(
        of json: JSONValue, at path: String, in size: PixelSize
    ) throws(EvaluateError) -> NormalizedBox {
        let sides = (json["bbox"]?.array ?? []).compactMap(\.double)
        let (width, height) = (Double(size.width), Double(size.height))
        guard sides.count == 4, json["bbox"]?.array?.count == 4, sides.allSatisfy({ abs($0) <= 1e6 }),
            let box = NormalizedBox(
                left: sides[0] / width, top: sides[1] / height, width: sides[2] / width, height: sides[3] / height)
        else {
            throw .dataset(
                path: "\(path).bbox", problem: "must be [x, y, width, height] in pixels, width and height not negative")
        }
        return box
    }

    private static func flag(_ key: String, of json: JSONValue, at path: String) throws(EvaluateError) -> Bool {
        switch json[key] {
        case nil, .null, .integer(0), .bool(false): return false
        case .integer(1), .bool(true): return true
        default: throw .dataset(path: "\(path).\(key)", problem: "must be 0 or 1")
        }
    }
}
