package import Base

/// Pictures and what is really in them, as COCO's `instances` files tell it (https://cocodataset.org/#format-data).
///
/// Two members are not COCO's. A picture's `annotated_classes` names the classes of which every object in it has its box;
/// without it those are all categories, as in COCO. A class that is not among them says nothing about that picture. And
/// `source` says where the picture comes from, so that figures can be told by source.
package struct Dataset: Sendable, Equatable {
    /// One object that is really there.
    package struct Truth: Sendable, Equatable {
        /// Index into `classNames`.
        package let classIndex: Int
        package let box: NormalizedBox
        /// A heap of objects of which nobody marked the single ones (`iscrowd`): who finds one there is not wrong.
        package let isCrowd: Bool

        package init(classIndex: Int, box: NormalizedBox, isCrowd: Bool = false) {
            self.classIndex = classIndex
            self.box = box
            self.isCrowd = isCrowd
        }
    }

    package struct Picture: Sendable, Equatable {
        /// Below the folder of pictures; never absolute, never with `..`.
        package let fileName: String
        package let size: PixelSize
        /// Indexes of classes all of whose objects are in `truths`.
        package let annotatedClasses: Set<Int>
        package internal(set) var truths: [Truth]
        /// Nil when the file does not say.
        package let source: String?

        package init(
            fileName: String, size: PixelSize, annotatedClasses: Set<Int>, truths: [Truth] = [], source: String? = nil
        ) {
            self.fileName = fileName
            self.size = size
            self.annotatedClasses = annotatedClasses
            self.truths = truths
            self.source = source
        }
    }

    package static let mostPictures = 200_000
    package static let mostClasses = 10_000
    package static let mostSources = 1000
    /// Of one picture: all of them are compared with each other.
    package static let mostTruths = 10_000
    /// JSON values in one file.
    package static let mostValues = 8_000_000

    /// The categories, in the order of the file.
    package let classNames: [String]
    package let pictures: [Picture]

    package init(classNames: [String], pictures: [Picture]) {
        self.classNames = classNames
        self.pictures = pictures
    }

    /// Members that are not needed (`info`, `segmentation`, …) are passed over.
    /// - Throws: `EvaluateError.dataset` with the path of the first thing that is wrong.
    package init(checking json: JSONValue) throws(EvaluateError) {
        var reader = DatasetReader()
        try reader.readCategories(json)
        try reader.readPictures(json)
        try reader.readAnnotations(json)
        self.init(classNames: reader.classNames, pictures: reader.pictures)
    }

    /// Whether a file name stays below the folder that it is looked for in.
    package static func staysInside(_ fileName: String) -> Bool {
        let isText = (1...1024).contains(fileName.utf8.count) && fileName.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
        return isText && !fileName.hasPrefix("/")
            && !fileName.split(separator: "/", omittingEmptySubsequences: false).contains("..")
    }
}
