package import Base

/// A whole CreateStreamProcessor request that is accepted.
package func createRequest(_ name: String, tail: String = "") -> JSONValue {
    [
        "Name": .string(name),
        "Input": [
            "KinesisVideoStream": [
                "Arn": .string("arn:aws:kinesisvideo:us-east-1:123456789012:stream/front-door\(tail)")
            ]
        ],
        "Output": ["S3Destination": ["Bucket": "results"]],
        "RoleArn": "arn:aws:iam::123456789012:role/porchlight",
        "Settings": ["ConnectedHome": ["Labels": ["ALL"]]],
        "NotificationChannel": ["SNSTopicArn": "arn:aws:sns:us-east-1:123456789012:porch"],
    ]
}
