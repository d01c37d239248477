package import Base
import Runtime
package import Settings

/// One camera as `porchlight cameras` shows it.
package struct ListedCamera: Sendable, Equatable {
    package struct Mode: Sendable, Equatable {
        package let size: PixelSize
        /// The fastest; nil when the driver does not say.
        package let topRate: Double?
    }

    package struct Format: Sendable, Equatable {
        package let fourCC: FourCC
        /// The driver's name for it.
        package let name: String
        /// False for formats that this program cannot read.
        package let isUnderstood: Bool
        /// Empty for formats that are not understood.
        package let modes: [Mode]
    }

    /// `/dev/video0`
    package let path: String
    /// Names below `/dev/v4l/by-path`: the port; stays when twins are swapped. Best for the config.
    package let byPath: [String]
    /// Names below `/dev/v4l/by-id`: the camera; follows it to another port, but twins without serial numbers collide.
    package let byID: [String]
    /// Nil when the node could not be opened.
    package let capability: DeviceCapability?
    package let formats: [Format]
    package let verdict: Verdict

    package enum Verdict: Sendable, Equatable {
        /// What would run with the given settings, and why.
        case usable(format: FourCC, size: PixelSize, fps: Double?, reason: String)
        case unusable(CaptureError)
    }

    /// What to write as `source` in the config file.
    package var bestName: String { byPath.first ?? path }
}

/// Looks at every V4L2 node of this computer. Opening is harmless for a camera that runs elsewhere.
package enum CameraList {
    /// Every node that delivers pictures, by number; metadata, output and codec nodes are left out.
    /// Nodes that cannot be opened are listed with the reason.
    package static func all(
        format: CameraSettings.Format = .auto, size: PixelSize, fps: Int,
        device: (String) -> any VideoDevice = { V4L2Device(path: $0) }
    ) -> [ListedCamera] {
        let numbers = DeviceNames.entries(of: "/dev").compactMap(DeviceNames.number(of:)).sorted()
        let asked = CaptureFormat.Asked(format: format, size: size, fps: fps)
        let (byPath, byID) = (DeviceNames.links(in: "/dev/v4l/by-path"), DeviceNames.links(in: "/dev/v4l/by-id"))
        return numbers.compactMap { number in
            look(
                at: device("/dev/video\(number)"), asked, byPath: byPath["video\(number)"] ?? [],
                byID: byID["video\(number)"] ?? [])
        }
    }

    /// Nil for nodes that are no camera.
    static func look(
        at device: any VideoDevice, _ asked: CaptureFormat.Asked, byPath: [String], byID: [String]
    ) -> ListedCamera? {
        func listed(_ capability: DeviceCapability?, _ formats: [ListedCamera.Format], _ verdict: ListedCamera.Verdict)
            -> ListedCamera
        {
            ListedCamera(
                path: device.path, byPath: byPath, byID: byID, capability: capability, formats: formats,
                verdict: verdict)
        }
        var capability: DeviceCapability?
        defer { device.close() }
        do throws(SystemError) {
            try device.open()
            let answer = try device.capability()
            guard answer.canCapture, answer.canStream else { return nil }
            capability = answer
            let offers = try device.offers(wished: asked.size)
            return listed(answer, formats(of: offers), verdict(on: offers, asked, path: device.path))
        } catch {
            return listed(capability, [], .unusable(CaptureError(error, path: device.path)))
        }
    }

    private static func formats(of offers: DeviceOffers) -> [ListedCamera.Format] {
        offers.formats.map { format in
            let modes = offers.understood.filter { $0.row.fourCC == format.fourCC }
            return ListedCamera.Format(
                fourCC: format.fourCC, name: format.name,
                isUnderstood: PixelFormatTable.row(of: format.fourCC) != nil,
                modes: modes.map { ListedCamera.Mode(size: $0.size, topRate: $0.topRate) })
        }
    }

    private static func verdict(on offers: DeviceOffers, _ asked: CaptureFormat.Asked, path: String)
        -> ListedCamera.Verdict
    {
        if let best = FormatChoice.ranked(offers.understood, for: asked).first {
            let rate = best.offer.topRate.map { min($0, Double(asked.fps)) }
            return .usable(format: best.offer.row.fourCC, size: best.offer.size, fps: rate, reason: best.reason)
        }
        return .unusable(Negotiation.refusal(of: offers, asked.format, path: path))
    }
}
