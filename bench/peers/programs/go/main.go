// Does the same as the worker of the JavaScript peers: reads a line with a number, writes a line with the measured value.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"
)

func main() {
	operation := programs[os.Args[1]]
	if operation == nil {
		reply(map[string]any{"missing": true})
		return
	}
	reply(map[string]any{"ready": true})
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		n, err := strconv.Atoi(lines.Text())
		if err != nil {
			panic(err)
		}
		reply(map[string]any{"value": operation(n)})
	}
}

func reply(answer map[string]any) {
	line, err := json.Marshal(answer)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(line))
}

func nanosecondsEach(operations int, work func()) float64 {
	started := time.Now()
	work()
	return since(started, operations)
}

func since(started time.Time, operations int) float64 {
	return float64(time.Since(started).Nanoseconds()) / float64(operations)
}

func expect(actual, expected int) {
	if actual != expected {
		panic(fmt.Sprintf("the work went wrong: it gave %d and not %d", actual, expected))
	}
}
