package import Base
import Runtime
import Settings

/// Everything that a device offers and this program understands, at one size.
package struct FormatOffer: Sendable, Equatable {
    package let row: PixelFormatRow
    package let size: PixelSize
    /// The fastest rate offered; nil when the driver does not tell.
    package let topRate: Double?
}

/// Which of a camera's formats and sizes to ask for. Pure, so that `porchlight cameras` tells the same as runs.
package struct FormatChoice: Sendable, Equatable {
    package let offer: FormatOffer
    /// For people.
    package let reason: String
}

extension FormatChoice {
    /// The offers from best to worst for these settings: the wished size first, then the wished rate, then the format
    /// that is cheapest at this size.
    static func ranked(_ offers: [FormatOffer], for asked: CaptureFormat.Asked) -> [FormatChoice] {
        offers
            .filter { admits($0.row, asked.format) }
            .map { offer in
                (key: key(of: offer, asked), choice: FormatChoice(offer: offer, reason: reason(offer, asked)))
            }
            .sorted { $0.key.lexicographicallyPrecedes($1.key) }
            .map(\.choice)
    }

    static func admits(_ row: PixelFormatRow, _ format: CameraSettings.Format) -> Bool {
        switch format {
        case .auto: true
        case .mjpg: row.route == .jpeg
        case .yuyv: row.fourCC == .yuyv
        case .nv12: row.fourCC == .nv12
        }
    }

    private static func key(of offer: FormatOffer, _ asked: CaptureFormat.Asked) -> [Double] {
        let (area, wished) = (Double(offer.size.area), Double(asked.size.area))
        // Twice too small is as far away as twice too large.
        let distance = offer.size == asked.size ? 0 : 1 + max(area / wished, wished / area)
        // Half of the wished rate is still a smooth picture of a porch; below, another format is better.
        let isSlow = (offer.topRate ?? Double(asked.fps)) < Double(asked.fps) / 2
        return [distance, isSlow ? 1 : 0, Double(offer.row.rank(at: offer.size))]
    }

    private static func reason(_ offer: FormatOffer, _ asked: CaptureFormat.Asked) -> String {
        var parts = [offer.size == asked.size ? "offers \(asked.size)" : "nearest to \(asked.size)"]
        if asked.format != .auto {
            parts.append("\(asked.format.rawValue) is set")
        } else {
            parts.append(word(on: offer.row.route))
        }
        if let rate = offer.topRate, rate < Double(asked.fps) {
            parts.append("at most \(CaptureFormat.rounded(rate)) fps")
        }
        return parts.joined(separator: ", ")
    }
}

extension FormatChoice {
    private static func word(on route: PixelFormatRow.Route) -> String {
        switch route {
        case .jpeg: "JPEG: fits the USB bus"
        case .raw: "raw: no decoding"
        case .video: "video: nothing that is cheaper to decode"
        }
    }
}

extension PixelSize {
    var area: Int { width * height }
}

/// What one device offers.
package struct DeviceOffers: Sendable, Equatable {
    /// As the driver lists them, also those that nobody here understands; libv4l's own only where they are needed.
    package var formats: [OfferedFormat] = []
    package var understood: [FormatOffer] = []

    /// Sensor data of more than 8 bits comes from nodes without exposure control and lens shading: pictures made of it
    /// by libv4l would be dark and green. Old webcams with 8-bit Bayer are fine.
    var isRawSensor: Bool { !formats.isEmpty && formats.allSatisfy { RawSensorFormat.isDeep($0.fourCC) } }
}

extension VideoDevice {
    /// Lists formats, sizes and rates. Bounded: a driver that never ends its lists is cut off.
    /// - Parameter wished: the size that is taken from a range of sizes, and assumed where a driver lists none.
    func offers(wished: PixelSize) throws(SystemError) -> DeviceOffers {
        var listed: [OfferedFormat] = []
        for index in 0..<128 {
            guard let format = try format(at: index) else { break }
            listed.append(format)
        }
        var offers = DeviceOffers(formats: listed.filter { !$0.isEmulated })
        try add(offers.formats, to: &offers, wished)
        // What libv4l converts, we convert better: only what we cannot read is left to it.
        if offers.understood.isEmpty, !offers.isRawSensor {
            let made = listed.filter { $0.isEmulated && PixelFormatTable.row(of: $0.fourCC) != nil }
            for format in made {
                // It names what it makes for every device, and sizes only where it can.
                guard try size(at: 0, of: format.fourCC) != nil else { continue }
                offers.formats.append(format)
                try add([format], to: &offers, wished)
            }
        }
        return offers
    }

    private func add(_ formats: [OfferedFormat], to offers: inout DeviceOffers, _ wished: PixelSize)
        throws(SystemError)
    {
        for format in formats {
            guard let row = PixelFormatTable.row(of: format.fourCC) else { continue }
            for size in try sizes(of: format.fourCC, wished: wished) {
                let rate = try topRate(of: format.fourCC, size: size)
                offers.understood.append(FormatOffer(row: row, size: size, topRate: rate))
            }
        }
    }

    private func sizes(of format: FourCC, wished: PixelSize) throws(SystemError) -> [PixelSize] {
        var sizes: [PixelSize] = []
        for index in 0..<64 {
            guard let offered = try size(at: index, of: format) else { break }
            switch offered {
            case .exactly(let size): sizes.append(size)
            case .range(let least, let most, let stepWidth, let stepHeight):
                let width = stepped(wished.width, least.width, most.width, stepWidth)
                let height = stepped(wished.height, least.height, most.height, stepHeight)
                if let size = PixelSize(width: width, height: height) { sizes.append(size) }
            }
        }
        return sizes.isEmpty ? [wished] : sizes
    }

    private func stepped(_ wished: Int, _ least: Int, _ most: Int, _ step: Int) -> Int {
        let bounded = max(least, min(most, wished))
        return least + (bounded - least) / max(1, step) * max(1, step)
    }

    private func topRate(of format: FourCC, size: PixelSize) throws(SystemError) -> Double? {
        var top: Double?
        for index in 0..<64 {
            guard let rate = try rate(at: index, of: format, size: size) else { break }
            top = max(top ?? 0, rate)
        }
        return top
    }
}
