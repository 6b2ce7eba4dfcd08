package reverie

import (
	"container/list"
	"sync"
)

// capacity is how many owners' revisions are remembered; then those that were written longest ago
// are forgotten, and their next search sees what the server has at hand, as everybody else's.
const capacity = 10_000

// revisions remembers, for read-your-writes, the latest revision of each user that this client has
// written; under an empty id that of the workspace's shared part.
type revisions struct {
	mutex    sync.Mutex
	byUser   map[string]*list.Element
	inOrder  *list.List // of seen; what was written last is in front
	capacity int
}

type seen struct {
	user     string
	revision int64
}

func newRevisions() *revisions {
	return &revisions{byUser: map[string]*list.Element{}, inOrder: list.New(), capacity: capacity}
}

// saw never goes back: answers of calls that run side by side arrive in any order.
func (r *revisions) saw(user string, revision int64) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if element, known := r.byUser[user]; known {
		entry := element.Value.(*seen)
		entry.revision = max(entry.revision, revision)
		r.inOrder.MoveToFront(element)
		return
	}
	r.byUser[user] = r.inOrder.PushFront(&seen{user, revision})
	if r.inOrder.Len() > r.capacity {
		r.remove(r.inOrder.Back())
	}
}

// of is what a search must at least know; 0: whatever there is.
func (r *revisions) of(user string) int64 {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if element, known := r.byUser[user]; known {
		return element.Value.(*seen).revision
	}
	return 0
}

// forget is for a user that was deleted.
func (r *revisions) forget(user string) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if element, known := r.byUser[user]; known {
		r.remove(element)
	}
}

// lost is for a revision that the server does not know; what was written meanwhile stays.
func (r *revisions) lost(user string, revision int64) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if element, known := r.byUser[user]; known && element.Value.(*seen).revision == revision {
		r.remove(element)
	}
}

func (r *revisions) remove(element *list.Element) {
	delete(r.byUser, element.Value.(*seen).user)
	r.inOrder.Remove(element)
}
