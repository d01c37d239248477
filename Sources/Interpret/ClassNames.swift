import Base

/// Names of classes where a model brings none.
enum ClassNames {
    /// The 80 classes of COCO in the order in which detectors number them (COCO 2017 `instances`, gaps closed).
    static let coco80: [String] = [
        "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "traffic light",
        "fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat", "dog", "horse", "sheep", "cow",
        "elephant", "bear", "zebra", "giraffe", "backpack", "umbrella", "handbag", "tie", "suitcase", "frisbee",
        "skis", "snowboard", "sports ball", "kite", "baseball bat", "baseball glove", "skateboard", "surfboard",
        "tennis racket", "bottle", "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple",
        "sandwich", "orange", "broccoli", "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch",
        "potted plant", "bed", "dining table", "toilet", "tv", "laptop", "mouse", "remote", "keyboard", "cell phone",
        "microwave", "oven", "toaster", "sink", "refrigerator", "book", "clock", "vase", "scissors", "teddy bear",
        "hair drier", "toothbrush",
    ]

    /// COCO's own numbering 1...90, which leaves out ten numbers; TensorFlow's SSD exports keep it.
    static let coco90: [String] = {
        let unused: Set = [12, 26, 29, 30, 45, 66, 68, 69, 71, 83]
        var names = coco80.makeIterator()
        return (1...90).map { unused.contains($0) ? "" : names.next() ?? "" }
    }()

    /// Which classes make which label when the manifest does not say.
    static let defaultLabels: [Label: [String]] = [
        .person: ["person"], .pet: ["cat", "dog"], .package: ["package"],
    ]
}
