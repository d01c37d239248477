import Base

extension IndexedFace {
    /// `Face` as lists and searches have it.
    var answer: JSONValue {
        .object(
            (json.object ?? [:]).merging(["IndexFacesModelVersion": .string(FaceModel.awsVersion)]) { _, new in new })
    }
}

extension FaceMatch {
    var answer: JSONValue { ["Similarity": .number(similarity), "Face": face.answer] }
}

extension FaceUserMatch {
    /// Who has no face cannot match: a match is always `ACTIVE`.
    var json: JSONValue {
        ["Similarity": .number(similarity), "User": ["UserId": .string(user.text), "UserStatus": "ACTIVE"]]
    }
}

extension FaceUser {
    /// `CREATED`: nobody can find the user before the first face is associated.
    static func status(hasFaces: Bool) -> JSONValue { hasFaces ? "ACTIVE" : "CREATED" }
    var json: JSONValue { ["UserId": .string(id.text), "UserStatus": Self.status(hasFaces: faceCount > 0)] }
}

extension FaceCollections {
    /// Asks the collections and spells their refusal as AWS does.
    func answering<Answer>(
        _ question: (any FaceCollections) async throws -> Answer
    ) async throws(APIError) -> Answer {
        do {
            return try await question(self)
        } catch let error as FaceCollectionError {
            throw APIError(error)
        } catch {
            throw APIError(.internalServerError, "\(error)")
        }
    }
}

extension FaceReading {
    /// The faces of a picture, or AWS's error.
    func answering(_ picture: [UInt8], wantsVectors: Bool) async throws(APIError) -> [Face] {
        do throws(PictureRefusal) {
            return try await faces(inPicture: picture, wantsVectors: wantsVectors)
        } catch {
            throw APIError(error)
        }
    }

    /// The embedder, or AWS's error.
    func answeringModel() async throws(APIError) -> FaceModel {
        do throws(PictureRefusal) { return try await model() } catch { throw APIError(error) }
    }
}
