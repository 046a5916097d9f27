package main

import (
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"sync"
)

var link = regexp.MustCompile(`href="([^"]+)"`)

// At most fifty concurrent requests, and a goroutine for each page.
func crawl(n int) float64 {
	site := os.Getenv("SITE")
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 50}}
	defer client.CloseIdleConnections()
	slots := make(chan struct{}, 50)
	var mutex sync.Mutex
	var all sync.WaitGroup
	seen := map[string]bool{}
	var visit func(path string)
	visit = func(path string) {
		defer all.Done()
		slots <- struct{}{}
		page := get(client, site+path)
		<-slots
		mutex.Lock()
		defer mutex.Unlock()
		for _, found := range link.FindAllStringSubmatch(page, -1) {
			if !seen[found[1]] {
				seen[found[1]] = true
				all.Add(1)
				go visit(found[1])
			}
		}
	}
	return nanosecondsEach(n, func() {
		start := "/" + strconv.Itoa(n) + "/0"
		seen[start] = true
		all.Add(1)
		go visit(start)
		all.Wait()
		expect(len(seen), n)
	}) / 1_000
}

func get(client *http.Client, url string) string {
	response, err := client.Get(url)
	if err != nil {
		panic(err)
	}
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	if err != nil {
		panic(err)
	}
	return string(page)
}
