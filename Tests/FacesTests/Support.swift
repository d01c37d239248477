import Base
import Faces
import Logging
import TestSupport
import Testing

let silent = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }

/// Vectors of people: each person has a direction, each picture of the person is a little beside it.
struct People {
    var generator = SplitMix(seed: 11)
    let dimension: Int

    init(dimension: Int = 256) { self.dimension = dimension }

    private mutating func noise() -> [Float] {
        (0..<dimension).map { _ in
            // Twelve even numbers make one that is nearly normal.
            (0..<12).reduce(Float(-6)) { sum, _ in sum + Float.random(in: 0...1, using: &generator) }
        }
    }

    mutating func person() throws -> FaceVector { try #require(FaceVector(noise())) }

    /// - Parameter cosine: about how near it is to the person.
    mutating func picture(of person: FaceVector, cosine: Float) throws -> FaceVector {
        let other = try #require(FaceVector(noise()))
        let across = (1 - cosine * cosine).squareRoot()
        return try #require(FaceVector(zip(person.values, other.values).map { cosine * $0 + across * $1 }))
    }
}

func model(_ identity: String = "embedder 1", dimension: Int = 256) throws -> FaceModel {
    FaceModel(
        identity: identity, dimension: dimension,
        similarity: try #require(SimilarityCurve(slope: 32.1, middle: 0.387)))
}

/// A face as the networks find it; a good one unless said otherwise.
func face(
    _ vector: FaceVector?, pixels: Int = 120, confidence: Double = 99, yaw: Double = 0, brightness: Double = 60,
    sharpness: Double = 70, isColor: Bool = true
) throws -> Face {
    Face(
        box: try #require(NormalizedBox(left: 0.1, top: 0.2, width: 0.3, height: 0.4)),
        confidence: try #require(Confidence(percent: confidence)), landmarks: .none,
        pose: FacePose(yaw: yaw, pitch: 0, roll: 0),
        quality: FaceQuality(brightness: brightness, sharpness: sharpness, isColor: isColor), pixels: pixels,
        vector: vector)
}

func collectionID(_ text: String = "family") throws -> CollectionID { try #require(CollectionID(text)) }
func userID(_ text: String) throws -> FaceUserID { try #require(FaceUserID(text)) }
