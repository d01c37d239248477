"""Writes constraints.json: for every member of every request one value inside and one outside each of its bounds.

The bounds come from botocore's service model, so that a constraint which nobody thought of is tested as well.
Run from this folder in an environment with botocore:  python make_constraints.py > constraints.json
"""

import copy
import json

from botocore.session import Session

MODEL = Session().get_service_model("rekognition")
ARN = "arn:aws:rekognition:us-east-1:000000000000:streamprocessor/existing"
FACE = "0f3c5b1e-9a44-4c0d-8f6b-2f7d0d6c9a11"
# No picture in truth: the networks of these tests are scripted.
IMAGE = {"Bytes": "/9j/4AAQ"}
STREAM = "arn:aws:kinesisvideo:us-east-1:123456789012:stream/front-door/1"
BOX = {"Left": 0.1, "Top": 0.1, "Width": 0.5, "Height": 0.5}
POLYGON = [{"X": 0.1, "Y": 0.1}, {"X": 0.9, "Y": 0.1}, {"X": 0.5, "Y": 0.9}]
HOME = {"Labels": ["PERSON"], "MinConfidence": 60.0}

# A good request for each operation, with every member that can stand beside the others.
GOOD = {
    "CreateStreamProcessor": {
        "Name": "fresh",
        "Input": {"KinesisVideoStream": {"Arn": STREAM}},
        "Output": {"S3Destination": {"Bucket": "results", "KeyPrefix": "porch"}},
        "RoleArn": "arn:aws:iam::123456789012:role/porchlight",
        "Settings": {"ConnectedHome": HOME},
        "NotificationChannel": {"SNSTopicArn": "arn:aws:sns:us-east-1:123456789012:porch"},
        "KmsKeyId": "alias/porch",
        "RegionsOfInterest": [{"BoundingBox": BOX}, {"Polygon": POLYGON}],
        "DataSharingPreference": {"OptIn": False},
        "Tags": {"place": "porch"},
    },
    "UpdateStreamProcessor": {
        "Name": "existing",
        "SettingsForUpdate": {"ConnectedHomeForUpdate": HOME},
        "RegionsOfInterestForUpdate": [{"BoundingBox": BOX}, {"Polygon": POLYGON}],
        "DataSharingPreferenceForUpdate": {"OptIn": True},
        "ParametersToDelete": [],
    },
    "StartStreamProcessor": {
        "Name": "existing",
        "StartSelector": {"KVSStreamStartSelector": {"ProducerTimestamp": 1}},
        "StopSelector": {"MaxDurationInSeconds": 10},
    },
    "StopStreamProcessor": {"Name": "existing"},
    "DescribeStreamProcessor": {"Name": "existing"},
    "DeleteStreamProcessor": {"Name": "existing"},
    "ListStreamProcessors": {"MaxResults": 10},
    "TagResource": {"ResourceArn": ARN, "Tags": {"place": "porch"}},
    "UntagResource": {"ResourceArn": ARN, "TagKeys": ["place"]},
    "ListTagsForResource": {"ResourceArn": ARN},
    "DetectLabels": {
        "Image": IMAGE,
        "MaxLabels": 10,
        "MinConfidence": 60.0,
        "Features": ["GENERAL_LABELS"],
        "Settings": {
            "GeneralLabels": {
                "LabelInclusionFilters": ["Person"],
                "LabelExclusionFilters": ["Dog"],
                "LabelCategoryInclusionFilters": ["Person Description"],
                "LabelCategoryExclusionFilters": ["Animals and Pets"],
            }
        },
    },
    "CreateCollection": {"CollectionId": "fresh", "Tags": {"place": "porch"}},
    "DescribeCollection": {"CollectionId": "family"},
    "ListCollections": {"MaxResults": 10},
    "DeleteCollection": {"CollectionId": "family"},
    "IndexFaces": {
        "CollectionId": "family",
        "Image": IMAGE,
        "ExternalImageId": "anna:1",
        "DetectionAttributes": ["DEFAULT"],
        "MaxFaces": 10,
        "QualityFilter": "AUTO",
    },
    "ListFaces": {"CollectionId": "family", "MaxResults": 10, "UserId": "anna", "FaceIds": [FACE]},
    "DeleteFaces": {"CollectionId": "family", "FaceIds": [FACE]},
    "SearchFaces": {"CollectionId": "family", "FaceId": FACE, "MaxFaces": 10, "FaceMatchThreshold": 90.0},
    "SearchFacesByImage": {
        "CollectionId": "family",
        "Image": IMAGE,
        "MaxFaces": 10,
        "FaceMatchThreshold": 90.0,
        "QualityFilter": "LOW",
    },
    "DetectFaces": {"Image": IMAGE, "Attributes": ["DEFAULT"]},
    "CompareFaces": {
        "SourceImage": IMAGE,
        "TargetImage": IMAGE,
        "SimilarityThreshold": 90.0,
        "QualityFilter": "HIGH",
    },
    "CreateUser": {"CollectionId": "family", "UserId": "bob", "ClientRequestToken": "token-1"},
    "DeleteUser": {"CollectionId": "family", "UserId": "anna", "ClientRequestToken": "token-1"},
    "ListUsers": {"CollectionId": "family", "MaxResults": 10},
    "AssociateFaces": {
        "CollectionId": "family",
        "UserId": "anna",
        "FaceIds": [FACE],
        "UserMatchThreshold": 90.0,
        "ClientRequestToken": "token-1",
    },
    "DisassociateFaces": {
        "CollectionId": "family",
        "UserId": "anna",
        "FaceIds": [FACE],
        "ClientRequestToken": "token-1",
    },
    "SearchUsers": {"CollectionId": "family", "UserId": "anna", "UserMatchThreshold": 90.0, "MaxUsers": 10},
    "SearchUsersByImage": {
        "CollectionId": "family",
        "Image": IMAGE,
        "UserMatchThreshold": 90.0,
        "MaxUsers": 10,
        "QualityFilter": "MEDIUM",
    },
}

# Members that replace another one of the good request when they are tested.
INSTEAD = [
    ("FragmentNumber", "StartStreamProcessor", {"StartSelector": {"KVSStreamStartSelector": {"FragmentNumber": "1"}}}),
    (
        "FaceSearch",
        "CreateStreamProcessor",
        {"Settings": {"FaceSearch": {"CollectionId": "family", "FaceMatchThreshold": 80.0}}},
    ),
    (
        "KinesisDataStream",
        "CreateStreamProcessor",
        {"Output": {"KinesisDataStream": {"Arn": "arn:aws:kinesis:us-east-1:123456789012:stream/faces"}}},
    ),
    (
        "ParametersToDelete",
        "UpdateStreamProcessor",
        {
            "SettingsForUpdate": {"ConnectedHomeForUpdate": {"Labels": ["PET"]}},
            "ParametersToDelete": ["ConnectedHomeMinConfidence"],
        },
    ),
    ("NextToken", "ListStreamProcessors", {"NextToken": "0123"}),
    ("S3Object", "DetectLabels", {"Image": {"S3Object": {"Bucket": "pictures", "Name": "door.jpg", "Version": "1"}}}),
    ("ImageProperties", "DetectLabels", {"Settings": {"ImageProperties": {"MaxDominantColors": 5}}}),
    ("NextToken", "ListCollections", {"NextToken": "0123"}),
    ("NextToken", "ListFaces", {"NextToken": "0123"}),
    ("NextToken", "ListUsers", {"NextToken": "0123"}),
]

WRONG_TYPE = {
    "string": 7, "blob": 7, "float": "7", "integer": "7", "long": "7", "boolean": "yes", "list": {}, "map": [], "structure": [],
}
# Names of things that have to exist already, but for the operation that makes them.
NAMES = {"Name": "CreateStreamProcessor", "CollectionId": "CreateCollection", "UserId": "CreateUser"}
CASES = []


def put(request, path, value):
    changed = copy.deepcopy(request)
    place = changed
    for step in path[:-1]:
        place = place[step]
    if value is None and isinstance(place, dict):
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return changed


def case(operation, path, what, request, errors):
    where = ".".join(str(step) for step in path)
    CASES.append({"operation": operation, "member": where, "what": what, "request": request, "errors": errors})


def outside(operation, request, path, what, value, error="InvalidParameterException"):
    case(operation, path, what, put(request, path, value), [error])


def stretched(text, length):
    """As long as wanted, with a tail that keeps most patterns."""
    return (text + "0" * length)[:length] if len(text) < length else text[:length]


def walk(operation, request, shape, value, path, required):
    if path:
        outside(operation, request, path, "a wrong type", WRONG_TYPE[shape.type_name], "SerializationException")
        if required:
            outside(operation, request, path, "nothing", None)
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            if name in value:
                walk(operation, request, member, value[name], path + [name], name in shape.required_members)
    elif shape.type_name == "list":
        for index, item in enumerate(value):
            walk(operation, request, shape.member, item, path + [index], False)
        if low:
            outside(operation, request, path, f"fewer than {low}", value[: low - 1])
        # Thousands of ids would make this file megabytes: they have a test of their own.
        if high and high <= 1000 and value:
            outside(operation, request, path, f"more than {high}", (value * (high + 1))[: high + 1])
    elif shape.type_name == "map":
        for index, (key, item) in enumerate(value.items()):
            walk(operation, request, shape.value, item, path + [key], False)
        for what, key in bad_strings(shape.key):
            outside(operation, request, path, f"a key that is {what}", {key: "x"})
        outside(operation, request, path, f"more than {high}", {f"key{i}": "x" for i in range(high + 1)})
        case(operation, path, f"as many as {high}", put(request, path, {f"key{i}": "x" for i in range(high)}), [])
    elif shape.type_name == "string":
        for what, text in bad_strings(shape):
            outside(operation, request, path, what, text)
        if high and shape.name not in ("KmsKeyId", "PaginationToken", "ResourceArn", "S3KeyPrefix"):
            if NAMES.get(path[-1], operation) == operation:
                case(operation, path, "the longest", put(request, path, stretched(value, high)), [])
        if shape.enum:
            outside(operation, request, path, "an unknown word", "Unknown")
    elif shape.type_name == "blob":
        # The upper bound has a test of its own: it would make this file megabytes.
        outside(operation, request, path, f"fewer than {low} byte", "")
        outside(operation, request, path, "no base64", "§", "SerializationException")
    elif shape.type_name in ("float", "integer", "long"):
        if low is not None:
            outside(operation, request, path, f"less than {low}", low - 1)
            case(operation, path, f"exactly {low}", put(request, path, low), [])
        if high is not None:
            outside(operation, request, path, f"more than {high}", high + 1)
            case(operation, path, f"exactly {high}", put(request, path, high), [])


def bad_strings(shape):
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if high:
        yield "too long", "a" * (high + 1)
    if low:
        yield "too short", "a" * (low - 1)
    if shape.metadata.get("pattern"):
        yield "against the pattern", "§ö\n"


for operation, request in GOOD.items():
    shape = MODEL.operation_model(operation).input_shape
    case(operation, [], "good", request, [])
    walk(operation, request, shape, request, [], False)

for member, operation, change in INSTEAD:
    request = {**GOOD[operation], **change}
    shape = MODEL.operation_model(operation).input_shape
    before = len(CASES)
    walk(operation, request, shape, request, [], False)
    # Only what stands in or below the member; what is around it was tested above.
    CASES[before:] = [c for c in CASES[before:] if member in c["member"].split(".") and c["errors"]]

if __name__ == "__main__":
    print(json.dumps(CASES, separators=(",", ":")).replace('},{"operation"', '},\n{"operation"'))
