"""Writes signatures.json: requests signed by botocore, which the server must accept as they are.

Run from this folder in an environment with botocore:  python make_signatures.py > signatures.json
"""

import datetime
import json

from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

KEY = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
TIME = datetime.datetime(2015, 8, 30, 12, 36, tzinfo=datetime.timezone.utc)
JSON = {"Content-Type": "application/x-amz-json-1.1"}


def signed(name, method, target, body="", headers=None, region="us-east-1"):
    request = AWSRequest(method, f"http://example.amazonaws.com:8710{target}", data=body, headers=headers or {})
    request.context["timestamp"] = TIME.strftime(auth.SIGV4_TIMESTAMP)
    sign(auth.SigV4Auth(KEY, "rekognition", region), request)
    sent = [[key, value] for key, value in request.headers.items()]
    return {"name": name, "method": method, "target": target, "headers": sent, "body": body}


def sign(signer, request):
    signer._modify_request_before_signing(request)
    canonical = signer.canonical_request(request)
    signature = signer.signature(signer.string_to_sign(request, canonical), request)
    signer._inject_signature_to_request(request, signature)


def target(operation):
    return {**JSON, "X-Amz-Target": f"RekognitionService.{operation}"}


CASES = [
    signed("an empty list request", "POST", "/", "{}", target("ListStreamProcessors")),
    signed("no body at all", "POST", "/", "", target("ListStreamProcessors")),
    signed("a body beyond ASCII", "POST", "/", '{"Name":"grün ☂"}', target("DescribeStreamProcessor")),
    signed("another region", "POST", "/", '{"Name":"a"}', target("StopStreamProcessor"), region="eu-central-1"),
    signed("a header with spaces", "POST", "/", "{}", {**target("ListStreamProcessors"), "X-Amz-Note": "  a   b  c "}),
    signed("a session token", "POST", "/", "{}", {**target("ListStreamProcessors"), "X-Amz-Security-Token": "t/+="}),
    signed("a GET", "GET", "/metrics"),
    signed("a GET of a picture", "GET", "/cameras/front-door/snapshot.jpg"),
    signed("a query", "GET", "/metrics?b=2&a=1&a=0&empty="),
    signed("a query with escapes", "GET", "/metrics?name=%C3%BC%20x&Name=%2F"),
    signed("an escaped path", "GET", "/cameras/front%20door/snapshot.jpg"),
    signed("a path with dots", "GET", "/a/../metrics/./"),
]

if __name__ == "__main__":
    document = {"accessKeyId": KEY.access_key, "secret": KEY.secret_key, "time": TIME.timestamp(), "cases": CASES}
    print(json.dumps(document, indent=1))
