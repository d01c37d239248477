/// A camera's JPEG as a file of its own, for people and programs that do not know that it came from a camera. Nothing is
/// decoded or encoded.
enum StandaloneJPEG {
    /// What makes the picture, without what else the camera has put into it: its EXIF is not believed, since the settings
    /// say how it hangs. Webcams leave out the Huffman tables that everybody knows and sometimes the end mark; they are put
    /// in.
    /// - Throws: `.corrupt` for bytes that are no JPEG, and for kinds of it that are not read here.
    static func file(of bytes: [UInt8]) throws(DecodeError) -> [UInt8] {
        let jpeg = try JPEGFile(reading: bytes)
        var file: [UInt8] = []
        file.reserveCapacity(bytes.count + huffmanTables.count + 2)
        for (index, part) in jpeg.parts.enumerated() {
            file += bytes[part]
            // Right behind the first mark: the camera's own tables come later and replace these.
            if index == 0 { file += huffmanTables }
        }
        if jpeg.end == nil { file += [0xFF, 0xD9] }
        return file
    }

    /// A segment of the four standard tables (ITU-T T.81, annex K.3).
    private static let huffmanTables: [UInt8] = {
        let tables = standardTables.flatMap { [$0.head] + $0.counts + $0.symbols }
        let length = tables.count + 2
        return [0xFF, 0xC4, UInt8(length >> 8 & 255), UInt8(length & 255)] + tables
    }()

    /// Of each table its class and number, how many codes there are of each length from 1 to 16, and what they stand for.
    private static let standardTables: [(head: UInt8, counts: [UInt8], symbols: [UInt8])] = [
        // Brightness, the first coefficient of each block.
        (
            head: 0x00,
            counts: [
                0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0,
            ],
            symbols: [
                0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
            ]
        ),
        // Colour, the first coefficient.
        (
            head: 0x01,
            counts: [
                0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0,
            ],
            symbols: [
                0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
            ]
        ),
        // Brightness, the other coefficients.
        (
            head: 0x10,
            counts: [
                0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125,
            ],
            symbols: [
                1, 2, 3, 0, 4, 17, 5, 18, 33, 49, 65, 6, 19, 81, 97, 7, 34, 113, 20, 50, 129, 145, 161, 8, 35, 66,
                177, 193, 21, 82, 209, 240, 36, 51, 98, 114, 130, 9, 10, 22, 23, 24, 25, 26, 37, 38, 39, 40, 41, 42,
                52, 53, 54, 55, 56, 57, 58, 67, 68, 69, 70, 71, 72, 73, 74, 83, 84, 85, 86, 87, 88, 89, 90, 99, 100,
                101, 102, 103, 104, 105, 106, 115, 116, 117, 118, 119, 120, 121, 122, 131, 132, 133, 134, 135, 136,
                137, 138, 146, 147, 148, 149, 150, 151, 152, 153, 154, 162, 163, 164, 165, 166, 167, 168, 169, 170,
                178, 179, 180, 181, 182, 183, 184, 185, 186, 194, 195, 196, 197, 198, 199, 200, 201, 202, 210, 211,
                212, 213, 214, 215, 216, 217, 218, 225, 226, 227, 228, 229, 230, 231, 232, 233, 234, 241, 242, 243,
                244, 245, 246, 247, 248, 249, 250,
            ]
        ),
        // Colour, the other coefficients.
        (
            head: 0x11,
            counts: [
                0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 119,
            ],
            symbols: [
                0, 1, 2, 3, 17, 4, 5, 33, 49, 6, 18, 65, 81, 7, 97, 113, 19, 34, 50, 129, 8, 20, 66, 145, 161, 177,
                193, 9, 35, 51, 82, 240, 21, 98, 114, 209, 10, 22, 36, 52, 225, 37, 241, 23, 24, 25, 26, 38, 39, 40,
                41, 42, 53, 54, 55, 56, 57, 58, 67, 68, 69, 70, 71, 72, 73, 74, 83, 84, 85, 86, 87, 88, 89, 90, 99,
                100, 101, 102, 103, 104, 105, 106, 115, 116, 117, 118, 119, 120, 121, 122, 130, 131, 132, 133, 134,
                135, 136, 137, 138, 146, 147, 148, 149, 150, 151, 152, 153, 154, 162, 163, 164, 165, 166, 167, 168,
                169, 170, 178, 179, 180, 181, 182, 183, 184, 185, 186, 194, 195, 196, 197, 198, 199, 200, 201, 202,
                210, 211, 212, 213, 214, 215, 216, 217, 218, 226, 227, 228, 229, 230, 231, 232, 233, 234, 242, 243,
                244, 245, 246, 247, 248, 249, 250,
            ]
        ),
    ]
}
