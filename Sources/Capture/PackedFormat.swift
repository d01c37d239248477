import Base

/// V4L2's raw formats that have several bytes for each pixel side by side (`linux/videodev2.h`).
enum PackedFormat {
    private static let names: [Int: [String]] = [
        2: [
            "YUYV", "UYVY", "YVYU", "VYUY", "YUY2", "RGBP", "RGBR", "RGBO", "RGBQ", "AR15", "XR15", "AR12", "XR12",
            "R444",
            "Y16", "Y10", "Y12",
        ],
        3: ["RGB3", "BGR3", "YUV3"],
        4: ["RGB4", "BGR4", "AR24", "XR24", "BA24", "BX24", "RA24", "RX24", "AB24", "XB24", "YUV4"],
    ]

    /// 0 for planar and compressed formats, whose rows need not be that long.
    static func bytesPerPixel(_ fourCC: FourCC) -> Int {
        let name = fourCC.description
        return names.first { $0.value.contains(name) }?.key ?? 0
    }
}
