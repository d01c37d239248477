package import Base
import Glibc
package import Runtime

/// Why a camera does not deliver. `description` says what to do about it.
package enum CaptureError: Recoverable, Sendable, Equatable, CustomStringConvertible {
    case notFound(path: String)
    case accessDenied(path: String)
    case busy(path: String)
    /// Another camera of the config names the same device.
    case sharedDevice(path: String, camera: String)
    /// A node that delivers no pictures: metadata, output, radio.
    case notACamera(path: String, card: String)
    case formatRefused(path: String, wanted: String, offered: [FourCC])
    /// Nothing of what it offers is understood, here or by libv4l.
    case noKnownFormat(path: String, offered: [FourCC])
    /// Only sensor data that nobody here can develop.
    case rawSensorOnly(path: String, offered: [FourCC])
    case noBandwidth(path: String, tried: [String])
    case outOfMemory(path: String)
    case unplugged(path: String)
    case stalled(path: String, after: Duration, corrupt: UInt64)
    /// Video comes, and nothing that decoding can begin with.
    case noKeyFrame(path: String, after: Duration)
    /// The driver broke V4L2's rules.
    case driverBroken(path: String, what: String)
    case system(path: String, SystemError)

    package var recovery: Recovery {
        switch self {
        case .notFound, .busy, .noBandwidth, .outOfMemory, .unplugged, .stalled, .noKeyFrame, .driverBroken, .system:
            .retry
        // Another camera may be plugged in at this path, and a udev rule may change the rights: cheap to look again.
        case .accessDenied, .notACamera, .sharedDevice, .formatRefused, .noKnownFormat, .rawSensorOnly: .retry
        }
    }

    package var description: String {
        switch self {
        case .notFound(let path):
            "no camera at \(path): is it plugged in? `porchlight cameras` lists what is there"
        case .accessDenied(let path):
            "no permission to open \(path): add the user to the group video (usermod -a -G video USER) and log in again"
        case .busy(let path):
            "\(path) is used by another program: see `fuser -v \(path)` and stop it"
        case .sharedDevice(let path, let camera):
            "\(path) is another name of the device that cameras.\(camera) has: a device serves one camera; take one of the "
                + "two out of the config (`porchlight cameras` lists all names of each)"
        case .notACamera(let path, let card):
            "\(path) (\(card)) delivers no pictures: a camera has several nodes, `porchlight cameras` lists the right one"
        case .formatRefused(let path, let wanted, let offered):
            "\(path) refused \(wanted); it offers \(Self.list(offered)): set \"auto\" as format, or a size that "
                + "`porchlight cameras` lists"
        case .noKnownFormat(let path, []):
            "\(path) offers no format at all: its driver may wait for a signal or a set-up (v4l2-ctl -d \(path) --all "
                + "tells); `porchlight cameras` lists other cameras"
        case .noKnownFormat(let path, let offered):
            "\(path) offers only \(Self.list(offered)), which neither this program (\(PixelFormatTable.names)) nor libv4l "
                + "reads: use another camera, or let ffmpeg convert it into a v4l2loopback device"
        case .rawSensorOnly(let path, let offered):
            "\(path) offers only raw sensor data (\(Self.list(offered))): a CSI sensor needs libcamera; "
                + "use a USB camera, or feed a v4l2loopback device from libcamera"
        case .noBandwidth(let path, let tried):
            "the USB bus has no room for \(path) (tried \(tried.joined(separator: ", "))): "
                + "choose MJPG, a smaller size or fewer fps, or move a camera to another USB controller"
        case .outOfMemory(let path):
            "no memory for the buffers of \(path): choose a smaller size, or raise cma= on the kernel command line"
        case .unplugged(let path):
            "\(path) is gone: unplugged, or reset by too little power (check cable and power supply)"
        case .stalled(let path, let after, 0):
            "\(path) sends nothing for \(after.milliseconds) ms: it is opened anew; if this repeats, replug it"
        case .stalled(let path, let after, let corrupt):
            "\(path) sent only damaged pictures (\(corrupt)) for \(after.milliseconds) ms: check cable, hub and power"
        case .noKeyFrame(let path, let after):
            "\(path) sent video without a key frame for \(after.milliseconds) ms: it is opened anew; if this repeats, lower "
                + "its key frame interval (v4l2-ctl -d \(path) -l lists it) or set another format"
        case .driverBroken(let path, let what):
            "the driver of \(path) \(what): it is opened anew; if this repeats, another kernel may help"
        case .system(let path, let error):
            "\(path): \(error)"
        }
    }

    private static func list(_ formats: [FourCC]) -> String {
        formats.isEmpty ? "nothing" : formats.map(\.description).joined(separator: ", ")
    }

    /// What an errno means for a camera, wherever it came up.
    init(_ error: SystemError, path: String) {
        self =
            switch error.errno {
            case ENOENT: .notFound(path: path)
            case ENODEV, ENXIO, ESHUTDOWN: error.call.hasPrefix("open") ? .notFound(path: path) : .unplugged(path: path)
            case ENOTTY where error.call.hasPrefix("open"): .notACamera(path: path, card: "no video device")
            case EACCES, EPERM: .accessDenied(path: path)
            case EBUSY: .busy(path: path)
            case ENOSPC: .noBandwidth(path: path, tried: [])
            case ENOMEM: .outOfMemory(path: path)
            default: .system(path: path, error)
            }
    }
}
