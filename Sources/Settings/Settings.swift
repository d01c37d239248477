package import Base

/// The checked config file. Only valid ones exist: `Settings(checking:_:)` is the only door (see `SettingsCheck.swift`).
package struct Settings: Sendable, Equatable {
    /// Topic segment and client id of this box: 1–64 characters of `a-z A-Z 0-9 _ -`.
    package var deviceID: String
    /// In the order of their names.
    package var cameras: [CameraSettings]
    package var model: ModelSettings
    package var faces: FacesSettings
    package var mqtt: MQTTSettings
    package var api: APISettings
    package var storage: StorageSettings
    package var pictures: PictureSettings
    package var log: LogSettings

    /// A small picture of each face that is added is kept: the owner asked for it, and pictures may be kept at all.
    package var keepsPicturesOfFaces: Bool { faces.thumbnails && !pictures.isPrivate }
}

package struct CameraSettings: Sendable, Equatable {
    package enum Source: Sendable, Equatable {
        /// A V4L2 device node; best a `/dev/v4l/by-path/…` name.
        case v4l2(path: String)
        /// A clip, a picture or a folder of pictures.
        case replay(path: String, loop: Bool, pace: Pace)
    }

    /// How fast a replay runs.
    package enum Pace: String, Sendable, Equatable, CaseIterable {
        /// By the clip's own time stamps; frames that come too late are lost, as with a camera.
        case realtime
        /// As fast as the analysis takes frames; none is lost.
        case full
    }

    package enum Format: String, Sendable, Equatable, CaseIterable {
        case auto
        case mjpg = "MJPG"
        case yuyv = "YUYV"
        case nv12 = "NV12"
    }

    package var name: CameraName
    package var source: Source
    package var format: Format
    /// What is asked for; the driver's answer is believed.
    package var size: PixelSize
    /// The owner wrote down the size; otherwise any size near the usual one is right.
    package var isSizeSet: Bool
    /// Frames per second, 1...60.
    package var fps: Int
    package var rotate: Rotation

    package init(
        name: CameraName, source: Source, format: Format, size: PixelSize, isSizeSet: Bool = false, fps: Int,
        rotate: Rotation
    ) {
        self.name = name
        self.source = source
        self.format = format
        self.size = size
        self.isSizeSet = isSizeSet
        self.fps = fps
        self.rotate = rotate
    }
}

package struct ModelSettings: Sendable, Equatable {
    /// `default`, a folder, or an `.onnx` file.
    package var path: String
    /// Threads of the engine; 0 = cores − 1, at least 1.
    package var threads: Int
    /// Of the network's input, whatever file and manifest say; nil: what they say. Sides of 32 to 2048.
    package var size: PixelSize?

    package init(path: String, threads: Int, size: PixelSize? = nil) {
        self.path = path
        self.threads = threads
        self.size = size
    }
}

package struct MQTTSettings: Sendable, Equatable {
    package struct TLS: Sendable, Equatable {
        package var caFile: String
        package var certificateFile: String?
        package var keyFile: String?

        package init(caFile: String, certificateFile: String?, keyFile: String?) {
            self.caFile = caFile
            self.certificateFile = certificateFile
            self.keyFile = keyFile
        }
    }

    package var host: String
    package var port: Int
    package var username: String?
    /// Holds the password on its first line.
    package var passwordFile: String?
    package var tls: TLS?
    package var topicPrefix: String
    /// Whether Home Assistant discovery is published, and below which prefix.
    package var homeAssistantDiscovery: Bool
    package var homeAssistantPrefix: String

    package init(
        host: String, port: Int, username: String? = nil, passwordFile: String? = nil, tls: TLS? = nil,
        topicPrefix: String = "porchlight", homeAssistantDiscovery: Bool = true,
        homeAssistantPrefix: String = "homeassistant"
    ) {
        self.host = host
        self.port = port
        self.username = username
        self.passwordFile = passwordFile
        self.tls = tls
        self.topicPrefix = topicPrefix
        self.homeAssistantDiscovery = homeAssistantDiscovery
        self.homeAssistantPrefix = homeAssistantPrefix
    }
}

package struct APISettings: Sendable, Equatable {
    package struct TLS: Sendable, Equatable {
        package var certificateFile: String
        package var keyFile: String

        package init(certificateFile: String, keyFile: String) {
            self.certificateFile = certificateFile
            self.keyFile = keyFile
        }
    }

    /// Where the certificate comes from.
    package enum Certificate: Sendable, Equatable {
        case files(TLS)
        /// Made by the program itself at its first start.
        case own
    }

    /// Numeric address; beyond loopback only with TLS or `plaintext`.
    package var address: String
    package var port: Int
    /// Path of the unix socket; nil = none.
    package var socket: String?
    /// Nil = no TLS.
    package var tls: Certificate?
    package var plaintext: Bool
    /// How many stream processors there may be.
    package var maxProcessors: Int

    package init(
        address: String, port: Int, socket: String?, tls: Certificate? = nil, plaintext: Bool = false,
        maxProcessors: Int = 32
    ) {
        self.address = address
        self.port = port
        self.socket = socket
        self.tls = tls
        self.plaintext = plaintext
        self.maxProcessors = maxProcessors
    }
}

/// What is done with pictures of events.
package struct PictureSettings: Sendable, Equatable {
    /// No picture leaves the process: not to the broker, not to the disk, not over the API.
    package var isPrivate: Bool
    /// Draw the box of what was found into the pictures of visits.
    package var boxes: Bool
    /// A visit's picture is made smaller until it has at most so many bytes.
    package var maxBytes: Int

    package init(isPrivate: Bool = false, boxes: Bool = true, maxBytes: Int = 256 << 10) {
        self.isPrivate = isPrivate
        self.boxes = boxes
        self.maxBytes = maxBytes
    }
}

package struct StorageSettings: Sendable, Equatable {
    package var directory: String
    package var maxMegabytes: Int
    package var maxDays: Int
    package var maxMegabytesWrittenPerDay: Int

    package init(directory: String, maxMegabytes: Int, maxDays: Int, maxMegabytesWrittenPerDay: Int) {
        self.directory = directory
        self.maxMegabytes = maxMegabytes
        self.maxDays = maxDays
        self.maxMegabytesWrittenPerDay = maxMegabytesWrittenPerDay
    }
}

package struct LogSettings: Sendable, Equatable {
    /// From what on is logged, the most talkative first.
    package enum Level: String, Sendable, Equatable, CaseIterable { case debug, info, notice, warning, error }

    package var level: Level
}
