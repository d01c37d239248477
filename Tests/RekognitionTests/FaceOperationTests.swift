import Base
import Faces
import Foundation
import Rekognition
import RekognitionTestSupport
import Testing

@Suite("Operations on faces answer as AWS's do")
struct FaceOperationTests {
    private static let image: JSONValue = ["Bytes": "/9j/4AAQ"]

    private func api(
        _ faces: Result<[Face], PictureRefusal> = .success([ScriptedFaces.face([1, 0.1, 0])]),
        model: String = "scripted",
        _ collections: CollectionRegistry? = nil
    ) async throws -> RekognitionAPI {
        let family = try await CollectionRegistry.family()
        return RekognitionAPI(
            control: InMemoryControl(), pictures: ScriptedPictures(.success([])),
            faces: ScriptedFaces(faces, model: model), collections: collections ?? family)
    }

    private func ask(
        _ api: RekognitionAPI, _ operation: String, _ request: JSONValue, status wanted: Int = 200
    ) async throws -> JSONValue {
        let (status, body) = await api.answer(operation: operation, body: request.jsonBytes)
        let answer = try JSONParser.parse(body)
        #expect(status == wanted, "\(operation): \(answer)")
        return answer
    }

    private func refusal(
        _ api: RekognitionAPI, _ operation: String, _ request: JSONValue
    ) async throws -> (type: String, message: String) {
        let answer = try await ask(api, operation, request, status: 400)
        return (answer["__type"]?.string ?? "", answer["Message"]?.string ?? "")
    }

    @Test("people hear of each face what IndexFaces would say, and nothing is kept")
    func check() async throws {
        let small = ScriptedFaces.face([1, 0, 0], pixels: 40)
        let collections = try await CollectionRegistry.family()
        let api = try await api(.success([ScriptedFaces.face([1, 0.1, 0]), small]), collections)
        let before = collections.list()
        let faces = try #require(try await api.checkFaces(["Image": Self.image])["Faces"]?.array)
        #expect(faces.map { $0["Reasons"] } == [[], ["SMALL_BOUNDING_BOX"]])
        #expect(faces.map { $0["Pixels"] } == [120, 40] && faces.allSatisfy { $0["IsColor"] == true })
        #expect(faces.first?["FaceDetail"]?["Quality"]?["Sharpness"]?.double == 80)
        let low = try await api.checkFaces(["Image": Self.image, "QualityFilter": "LOW"])["Faces"]?.array
        #expect(low?.map { $0["Reasons"] } == [[], []])
        #expect(collections.list() == before)
        await #expect(throws: APIError.self) { try await api.checkFaces(["Image": Self.image, "QualityFilter": "X"]) }
        await #expect(throws: APIError.self) { try await api.checkFaces([:]) }
    }

    @Test("a collection lives from its creation to its end")
    func collections() async throws {
        let api = try await api()
        let made = try await ask(api, "CreateCollection", ["CollectionId": "guests", "Tags": ["a": "b"]])
        let arn = "arn:aws:rekognition:local:000000000000:collection/guests"
        #expect(made == ["StatusCode": 200, "CollectionArn": .string(arn), "FaceModelVersion": "7.0"])
        let again = try await refusal(api, "CreateCollection", ["CollectionId": "guests"])
        #expect(again == ("ResourceAlreadyExistsException", "The collection id: guests already exists"))
        let listed = try await ask(api, "ListCollections", [:])
        #expect(listed == ["CollectionIds": ["family", "guests"], "FaceModelVersions": ["7.0", "7.0"]])
        let told = try await ask(api, "DescribeCollection", ["CollectionId": "family"])
        #expect(told["FaceCount"] == 1 && told["UserCount"] == 1 && told["CollectionARN"] != nil)
        _ = try await ask(api, "TagResource", ["ResourceArn": .string(arn), "Tags": ["c": "d"]])
        _ = try await ask(api, "UntagResource", ["ResourceArn": .string(arn), "TagKeys": ["a"]])
        #expect(try await ask(api, "ListTagsForResource", ["ResourceArn": .string(arn)]) == ["Tags": ["c": "d"]])
        #expect(try await ask(api, "DeleteCollection", ["CollectionId": "guests"]) == ["StatusCode": 200])
        for operation in ["DescribeCollection", "DeleteCollection", "ListFaces"] {
            let gone = try await refusal(api, operation, ["CollectionId": "guests"])
            #expect(gone == ("ResourceNotFoundException", "The collection id: guests does not exist"))
        }
    }

    @Test("pages of collections, faces and users go on where they ended, and a token of another list is refused")
    func pages() async throws {
        let api = try await api(.success((0..<3).map { ScriptedFaces.face([1, Float($0), 0]) }))
        _ = try await ask(api, "CreateCollection", ["CollectionId": "guests"])
        _ = try await ask(api, "IndexFaces", ["CollectionId": "guests", "Image": Self.image])
        for user in ["a", "b", "c"] {
            _ = try await ask(api, "CreateUser", ["CollectionId": "guests", "UserId": .string(user)])
        }
        let lists: [(String, String, Int)] = [
            ("ListCollections", "CollectionIds", 2), ("ListFaces", "Faces", 3), ("ListUsers", "Users", 3),
        ]
        var tokens: [JSONValue] = []
        for (operation, member, count) in lists {
            var (items, token): ([JSONValue], JSONValue?) = ([], nil)
            repeat {
                var request: [String: JSONValue] = ["CollectionId": "guests", "MaxResults": 1]
                request["NextToken"] = token
                let page = try await ask(api, operation, .object(request))
                items += page[member]?.array ?? []
                token = page["NextToken"]
                if let token { tokens.append(token) }
            } while token != nil && items.count < 9
            #expect(items.count == count, "\(operation)")
        }
        let foreign = try await refusal(api, "ListUsers", ["CollectionId": "guests", "NextToken": tokens[0]])
        #expect(foreign.type == "InvalidPaginationTokenException")
    }

    @Test("an indexed face is found by the face and by a picture, and listed with everything that was told")
    func indexed() async throws {
        let api = try await api()
        let answer = try await ask(
            api, "IndexFaces", ["CollectionId": "family", "Image": Self.image, "ExternalImageId": "anna:2"])
        let record = try #require(answer["FaceRecords"]?.array?.first), face = try #require(record["Face"])
        #expect(
            record["FaceDetail"]?["Landmarks"]?.array?.compactMap { $0["Type"]?.string } == [
                "eyeLeft", "eyeRight", "nose", "mouthLeft", "mouthRight",
            ])
        #expect(record["FaceDetail"]?["Pose"] == ["Yaw": 1, "Pitch": 2, "Roll": 3])
        #expect(face["ExternalImageId"] == "anna:2" && face["IndexFacesModelVersion"] == "7.0")
        let id = try #require(face["FaceId"])
        let listed = try await ask(api, "ListFaces", ["CollectionId": "family", "FaceIds": [id]])
        #expect(listed["Faces"] == [face] && listed["FaceModelVersion"] == "7.0")
        let matches = try await ask(api, "SearchFaces", ["CollectionId": "family", "FaceId": id])
        #expect(
            matches["FaceMatches"]?.array?.compactMap { $0["Face"]?["FaceId"]?.string } == [
                CollectionRegistry.annasFace
            ])
        let seen = try await ask(
            api, "SearchFacesByImage", ["CollectionId": "family", "Image": Self.image, "MaxFaces": 1])
        #expect(seen["FaceMatches"]?.array?.first?["Face"] == face && seen["SearchedFaceConfidence"] == 99)
        #expect(seen["SearchedFaceBoundingBox"] == ["Left": 0, "Top": 0, "Width": 1, "Height": 1])
    }

    @Test("faces that are not good enough are told with AWS's reasons")
    func unindexed() async throws {
        let api = try await api(.success([ScriptedFaces.face([1, 0, 0]), ScriptedFaces.face([0, 1, 0], pixels: 40)]))
        let answer = try await ask(api, "IndexFaces", ["CollectionId": "family", "Image": Self.image])
        #expect(answer["FaceRecords"]?.array?.count == 1)
        #expect(answer["UnindexedFaces"]?.array?.first?["Reasons"] == ["SMALL_BOUNDING_BOX"])
        let none = try await self.api(.success([]))
        let empty = try await ask(none, "IndexFaces", ["CollectionId": "family", "Image": Self.image])
        #expect(empty["FaceRecords"] == [] && empty["UnindexedFaces"] == [])
    }

    @Test(
        "a picture without a face is an error where one is asked for",
        arguments: [
            "SearchFacesByImage", "SearchUsersByImage",
        ])
    func noFace(operation: String) async throws {
        let answer = try await refusal(
            try await api(.success([])), operation, ["CollectionId": "family", "Image": Self.image])
        #expect(answer == ("InvalidParameterException", "There are no faces in the image. Should be at least 1."))
    }

    @Test(
        "what is wrong with a picture is said by AWS's error, and nothing is indexed",
        arguments: [
            (.unreadable("cut"), "InvalidImageFormatException"), (.tooLarge("big"), "ImageTooLargeException"),
            (.busy("wait"), "ProvisionedThroughputExceededException"),
        ] as [(PictureRefusal, String)])
    func badPicture(refusal wanted: PictureRefusal, type: String) async throws {
        let api = try await api(.failure(wanted))
        for operation in ["IndexFaces", "SearchFacesByImage", "SearchUsersByImage", "DetectFaces"] {
            let answer = try await refusal(api, operation, ["CollectionId": "family", "Image": Self.image])
            #expect(answer.type == type, "\(operation)")
        }
        let compared = try await refusal(api, "CompareFaces", ["SourceImage": Self.image, "TargetImage": Self.image])
        #expect(compared.type == type)
        #expect(try await ask(api, "DescribeCollection", ["CollectionId": "family"])["FaceCount"] == 1)
    }

    @Test("a collection of another face model is refused with both names, and nothing is stored")
    func otherModel() async throws {
        let api = try await api(model: "newer")
        for operation in ["IndexFaces", "SearchFacesByImage", "SearchUsersByImage"] {
            let answer = try await refusal(api, operation, ["CollectionId": "family", "Image": Self.image])
            #expect(answer.type == "InvalidParameterException")
            #expect(answer.message.contains("'scripted'") && answer.message.contains("'newer'"))
        }
        #expect(try await ask(api, "DescribeCollection", ["CollectionId": "family"])["FaceCount"] == 1)
    }

    @Test("the largest face is compared with each of the other picture")
    func compared() async throws {
        let faces = [ScriptedFaces.face([1, 0, 0]), ScriptedFaces.face([0, 1, 0])]
        let answer = try await ask(
            try await api(.success(faces)), "CompareFaces",
            ["SourceImage": Self.image, "TargetImage": Self.image])
        let match = try #require(answer["FaceMatches"]?.array?.first)
        #expect((match["Similarity"]?.double ?? 0) > 99 && answer["UnmatchedFaces"]?.array?.count == 1)
        #expect(answer["SourceImageFace"]?["Confidence"] == 99 && match["Face"]?["Quality"] != nil)
    }

    @Test("attributes that nobody has here are refused by name; ALL gives what there is")
    func attributes() async throws {
        let api = try await api()
        let answer = try await refusal(api, "DetectFaces", ["Image": Self.image, "Attributes": ["EMOTIONS"]])
        #expect(answer.type == "InvalidParameterException" && answer.message.contains("EMOTIONS"))
        let all = try await ask(api, "DetectFaces", ["Image": Self.image, "Attributes": ["ALL"]])
        #expect(all["FaceDetails"]?.array?.count == 1)
    }

    @Test("a user gets faces, is found, and loses them again")
    func users() async throws {
        let api = try await api()
        let face = JSONValue.string(CollectionRegistry.annasFace)
        let anna: JSONValue = ["CollectionId": "family", "UserId": "anna", "FaceIds": [face]]
        #expect(
            try await ask(api, "ListUsers", ["CollectionId": "family"]) == [
                "Users": [["UserId": "anna", "UserStatus": "CREATED"]]
            ])
        let associated = try await ask(api, "AssociateFaces", anna)
        #expect(
            associated == [
                "AssociatedFaces": [["FaceId": face]], "UnsuccessfulFaceAssociations": [], "UserStatus": "ACTIVE",
            ])
        let kept = try await ask(api, "DeleteFaces", ["CollectionId": "family", "FaceIds": [face]])
        #expect(
            kept["UnsuccessfulFaceDeletions"] == [
                ["FaceId": face, "UserId": "anna", "Reasons": ["ASSOCIATED_TO_AN_EXISTING_USER"]]
            ])
        let found = try await ask(api, "SearchUsersByImage", ["CollectionId": "family", "Image": Self.image])
        #expect(found["UserMatches"]?.array?.first?["User"] == ["UserId": "anna", "UserStatus": "ACTIVE"])
        #expect(found["SearchedFace"]?["FaceDetail"] != nil && found["UnsearchedFaces"] == [])
        let byFace = try await ask(api, "SearchUsers", ["CollectionId": "family", "FaceId": face])
        #expect(byFace["UserMatches"]?.array?.count == 1 && byFace["SearchedFace"] == ["FaceId": face])
        let both = try await refusal(
            api, "SearchUsers", ["CollectionId": "family", "UserId": "anna", "FaceId": face])
        #expect(both.type == "InvalidParameterException")
        #expect(try await ask(api, "DisassociateFaces", anna)["UserStatus"] == "CREATED")
        #expect(try await ask(api, "DeleteUser", ["CollectionId": "family", "UserId": "anna"]) == [:])
    }

    @Test("a request that is repeated with its token is answered again; the token of another request is refused")
    func tokens() async throws {
        let api = try await api()
        let request: JSONValue = ["CollectionId": "family", "UserId": "bob", "ClientRequestToken": "once"]
        for _ in 0..<2 { #expect(try await ask(api, "CreateUser", request) == [:]) }
        let other = try await refusal(
            api, "CreateUser", ["CollectionId": "family", "UserId": "eve", "ClientRequestToken": "once"])
        #expect(other.type == "IdempotentParameterMismatchException")
        let twice = try await refusal(api, "CreateUser", ["CollectionId": "family", "UserId": "bob"])
        #expect(twice.type == "ConflictException")
    }

    @Test("more ids than AWS takes are refused before anything is done")
    func tooMany() async throws {
        let ids = JSONValue.array((0...4096).map { _ in .string(CollectionRegistry.annasFace) })
        for operation in ["DeleteFaces", "ListFaces"] {
            let answer = try await refusal(try await api(), operation, ["CollectionId": "family", "FaceIds": ids])
            #expect(answer.message.contains("less than or equal to 4096"))
        }
    }
}
