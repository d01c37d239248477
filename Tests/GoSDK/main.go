// A face search with the stock AWS SDK for Go: `main ENDPOINT CAMERA PORTRAIT`, with the keys in AWS's environment variables.
// Prints a word for each step that went well.
package main

import (
	"bytes"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-sdk-go/aws"
	"github.com/aws/aws-sdk-go/aws/awserr"
	"github.com/aws/aws-sdk-go/aws/session"
	"github.com/aws/aws-sdk-go/service/kinesis"
	"github.com/aws/aws-sdk-go/service/rekognition"
)

const stream = "arn:aws:kinesis:us-east-1:123456789012:stream/faces"

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

func check(step string, isRight bool) {
	if !isRight {
		fmt.Fprintln(os.Stderr, "not as it should be:", step)
		os.Exit(1)
	}
	fmt.Println(step)
}

func main() {
	config := aws.NewConfig().WithEndpoint(os.Args[1]).WithRegion("us-east-1")
	home := must(session.NewSession(config))
	faces, reader := rekognition.New(home), kinesis.New(home)
	image := &rekognition.Image{Bytes: must(os.ReadFile(os.Args[3]))}
	collection := aws.String("go")

	must(faces.CreateCollection(&rekognition.CreateCollectionInput{CollectionId: collection}))
	indexed := must(faces.IndexFaces(&rekognition.IndexFacesInput{
		CollectionId: collection, Image: image, ExternalImageId: aws.String("Eileen")}))
	found := must(faces.SearchFacesByImage(&rekognition.SearchFacesByImageInput{CollectionId: collection, Image: image}))
	check("faces", len(indexed.FaceRecords) == 1 && len(found.FaceMatches) == 1 && *found.FaceMatches[0].Similarity > 99 &&
		*found.FaceMatches[0].Face.ExternalImageId == "Eileen")
	_, refusal := faces.CreateCollection(&rekognition.CreateCollectionInput{CollectionId: collection})
	known, isKnown := refusal.(awserr.Error)
	check("refusal", isKnown && known.Code() == rekognition.ErrCodeResourceAlreadyExistsException)

	video := "arn:aws:kinesisvideo:us-east-1:123456789012:stream/" + os.Args[2]
	must(faces.CreateStreamProcessor(&rekognition.CreateStreamProcessorInput{
		Name:    aws.String("go"),
		Input:   &rekognition.StreamProcessorInput{KinesisVideoStream: &rekognition.KinesisVideoStream{Arn: &video}},
		Output:  &rekognition.StreamProcessorOutput{KinesisDataStream: &rekognition.KinesisDataStream{Arn: aws.String(stream)}},
		RoleArn: aws.String("arn:aws:iam::123456789012:role/porchlight"),
		Settings: &rekognition.StreamProcessorSettings{FaceSearch: &rekognition.FaceSearchSettings{
			CollectionId: collection, FaceMatchThreshold: aws.Float64(85)}}}))
	must(faces.StartStreamProcessor(&rekognition.StartStreamProcessorInput{Name: aws.String("go")}))
	told := must(faces.DescribeStreamProcessor(&rekognition.DescribeStreamProcessorInput{Name: aws.String("go")}))
	check("processor", *told.Settings.FaceSearch.FaceMatchThreshold == 85 && *told.Output.KinesisDataStream.Arn == stream)

	shards := must(reader.ListShards(&kinesis.ListShardsInput{StreamName: aws.String("faces")}))
	check("shards", len(shards.Shards) == 1)
	iterator := must(reader.GetShardIterator(&kinesis.GetShardIteratorInput{
		StreamName: aws.String("faces"), ShardId: shards.Shards[0].ShardId,
		ShardIteratorType: aws.String(kinesis.ShardIteratorTypeTrimHorizon)})).ShardIterator
	records, matches, end := 0, 0, time.Now().Add(90*time.Second)
	for (records < 5 || matches == 0) && time.Now().Before(end) {
		page := must(reader.GetRecords(&kinesis.GetRecordsInput{ShardIterator: iterator}))
		for _, record := range page.Records {
			if bytes.Contains(record.Data, []byte(`"FaceSearchResponse"`)) && time.Since(*record.ApproximateArrivalTimestamp) < time.Hour {
				records++
			}
			if bytes.Contains(record.Data, []byte(`"Eileen"`)) {
				matches++
			}
		}
		iterator = page.NextShardIterator
		time.Sleep(300 * time.Millisecond)
	}
	check("records", records >= 5 && matches > 0)
}
