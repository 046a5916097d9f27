package main

import (
	"context"
	"runtime"
	"sync"
	"time"
)

var programs = map[string]func(n int) float64{
	"yield2":       func(n int) float64 { return yieldIn(2, n) },
	"yield10k":     func(n int) float64 { return yieldIn(10_000, n) },
	"spawn":        spawn,
	"channel":      func(n int) float64 { return through(make(chan int), n) },
	"queue1":       func(n int) float64 { return through(make(chan int, 1), n) },
	"queue1024":    func(n int) float64 { return through(make(chan int, 1_024), n) },
	"fanout":       fanout,
	"lock":         lock,
	"semaphore":    semaphore,
	"event":        event,
	"timeoutReady": timeoutReady,
	"nested5":      nested5,
	"deep10":       func(n int) float64 { return resumeAt(10, n) },
	"deep100":      func(n int) float64 { return resumeAt(100, n) },
	"deep1000":     func(n int) float64 { return resumeAt(1_000, n) },
	"deep100000":   func(n int) float64 { return resumeAt(100_000, n) },
	"recursion":    recursion,
	"kill":         kill,
	"sleeperBytes": sleeperBytes,
	"sleeperWake":  sleeperWake,
	"timers":       timers,
	"crawlFetch":   crawl,
	"crawlRequest": crawl,
}

func yieldIn(tasks, n int) float64 {
	each := n / tasks
	if each == 0 {
		each = 1
	}
	return nanosecondsEach(each*tasks, func() {
		var all sync.WaitGroup
		all.Add(tasks)
		for i := 0; i < tasks; i++ {
			go func() {
				for j := 0; j < each; j++ {
					runtime.Gosched()
				}
				all.Done()
			}()
		}
		all.Wait()
	})
}

func spawn(n int) float64 {
	return nanosecondsEach(n, func() {
		results := make([]int, n)
		var all sync.WaitGroup
		all.Add(n)
		for i := 0; i < n; i++ {
			go trivial(i, results, &all)
		}
		all.Wait()
		sum := 0
		for _, value := range results {
			sum += value
		}
		expect(sum, n*(n-1)/2)
	})
}

func trivial(x int, results []int, all *sync.WaitGroup) {
	results[x] = x
	all.Done()
}

func through(pipe chan int, n int) float64 {
	return nanosecondsEach(n, func() {
		sum := make(chan int)
		go consume(pipe, n, sum)
		go produce(pipe, n)
		expect(<-sum, n*(n-1)/2)
	})
}

func produce(pipe chan int, n int) {
	for i := 0; i < n; i++ {
		pipe <- i
	}
}

func consume(pipe chan int, n int, result chan int) {
	sum := 0
	for i := 0; i < n; i++ {
		sum += <-pipe
	}
	result <- sum
}

func fanout(n int) float64 {
	pipe := make(chan int, 1)
	return nanosecondsEach(n, func() {
		sums := make(chan int)
		for i := 0; i < 100; i++ {
			go consume(pipe, n/100, sums)
		}
		go produce(pipe, n)
		sum := 0
		for i := 0; i < 100; i++ {
			sum += <-sums
		}
		expect(sum, n*(n-1)/2)
	})
}

func lock(n int) float64 {
	var mutex sync.Mutex
	return contend(n, mutex.Lock, mutex.Unlock)
}

func semaphore(n int) float64 {
	permits := make(chan struct{}, 10)
	return contend(n, func() { permits <- struct{}{} }, func() { <-permits })
}

// A thousand goroutines; each holds what it has acquired for one round.
func contend(n int, acquire, release func()) float64 {
	return nanosecondsEach(n, func() {
		var all sync.WaitGroup
		all.Add(1_000)
		for i := 0; i < 1_000; i++ {
			go func() {
				for j := 0; j < n/1_000; j++ {
					acquire()
					runtime.Gosched()
					release()
				}
				all.Done()
			}()
		}
		all.Wait()
	})
}

func event(n int) float64 {
	set := make(chan struct{})
	var all sync.WaitGroup
	all.Add(n)
	for i := 0; i < n; i++ {
		go func() {
			<-set
			all.Done()
		}()
	}
	runtime.Gosched()
	return nanosecondsEach(n, func() {
		close(set)
		all.Wait()
	})
}

func timeoutReady(n int) float64 {
	ready := make(chan struct{})
	close(ready)
	return nanosecondsEach(n, func() {
		for i := 0; i < n; i++ {
			within, cancel := context.WithTimeout(context.Background(), time.Minute)
			select {
			case <-ready:
			case <-within.Done():
			}
			cancel()
		}
	})
}

func nested5(n int) float64 {
	return nanosecondsEach(n, func() {
		for i := 0; i < n; i++ {
			nested(context.Background(), 5)
		}
	})
}

func nested(outer context.Context, levels int) {
	if levels == 0 {
		runtime.Gosched()
		return
	}
	within, cancel := context.WithTimeout(outer, time.Minute)
	nested(within, levels-1)
	cancel()
}

func resumeAt(depth, n int) float64 {
	result := make(chan float64)
	go func() { result <- descend(depth, n) }()
	return <-result
}

//go:noinline
func descend(depth, n int) float64 {
	if depth > 1 {
		return descend(depth-1, n)
	}
	return nanosecondsEach(n, func() {
		for i := 0; i < n; i++ {
			runtime.Gosched()
		}
	})
}

func recursion(n int) float64 {
	return nanosecondsEach(n, func() {
		for i := 0; i < n/1_000; i++ {
			expect(count(1_000), 1_000)
		}
	})
}

//go:noinline
func count(depth int) int {
	if depth == 1 {
		return 1
	}
	return 1 + count(depth-1)
}

// Goroutines cannot be killed. They wait for their context, and the canceller waits until they have ended.
func kill(n int) float64 {
	type sleeper struct {
		cancel context.CancelFunc
		ended  chan struct{}
	}
	cleanups := 0
	sleepers := make([]sleeper, n)
	for i := range sleepers {
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan struct{})
		sleepers[i] = sleeper{cancel, ended}
		go func() {
			defer func() {
				cleanups++
				close(ended)
			}()
			select {
			case <-ctx.Done():
			case <-time.After(time.Hour):
			}
		}()
	}
	runtime.Gosched()
	return nanosecondsEach(n, func() {
		for _, sleeper := range sleepers {
			sleeper.cancel()
			<-sleeper.ended
		}
		expect(cleanups, n)
	})
}

func sleeperBytes(n int) float64 {
	before := usedMemory()
	for i := 0; i < n; i++ {
		go time.Sleep(time.Hour)
	}
	time.Sleep(100 * time.Millisecond)
	return float64(usedMemory()-before) / float64(n)
}

// The memory of live objects and stacks, which is less than the process takes from the system.
func usedMemory() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc + stats.StackInuse
}

var length = 100 * time.Millisecond

func sleeperWake(n int) float64 {
	for {
		deadline := time.Now().Add(length)
		var all sync.WaitGroup
		all.Add(n)
		for i := 0; i < n; i++ {
			go func() {
				time.Sleep(time.Until(deadline))
				all.Done()
			}()
		}
		runtime.Gosched()
		early := time.Now().Before(deadline)
		all.Wait()
		if early {
			return since(deadline, n)
		}
		length *= 2
	}
}

// A thousand timers are pending at a time.
func timers(n int) float64 {
	pending := make([]*time.Timer, 1_000)
	return nanosecondsEach(n, func() {
		for i := 0; i < n; i += 1_000 {
			for j := range pending {
				pending[j] = time.AfterFunc(time.Minute+time.Duration(j)*time.Millisecond, func() {})
			}
			for _, timer := range pending {
				timer.Stop()
			}
		}
	})
}
