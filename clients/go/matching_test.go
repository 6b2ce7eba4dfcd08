package reverie_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

// absent stands for what is not in an answer.
type absent struct{}

func (absent) MarshalJSON() ([]byte, error) { return []byte(`"absent"`), nil }

// mismatch is what of the actual does not match, in words; empty: all does. See
// clients/behaviour/README.md.
func mismatch(expected, actual any, where string) string {
	switch expected := expected.(type) {
	case map[string]any:
		if len(expected) == 1 {
			for name, argument := range expected {
				if strings.HasPrefix(name, "$") {
					return special(name, argument, actual, where)
				}
			}
		}
		object, is := actual.(map[string]any)
		if !is {
			return fmt.Sprintf("%s is %s, not an object", where, shown(actual))
		}
		for key, value := range expected {
			var part any = absent{}
			if found, has := object[key]; has {
				part = found
			}
			if wrong := mismatch(value, part, where+"."+key); wrong != "" {
				return wrong
			}
		}
		return ""
	case []any:
		list, is := actual.([]any)
		if !is || len(list) != len(expected) {
			return fmt.Sprintf("%s is %s, not a list of %d", where, shown(actual), len(expected))
		}
		for at, each := range expected {
			if wrong := mismatch(each, list[at], fmt.Sprintf("%s.%d", where, at)); wrong != "" {
				return wrong
			}
		}
		return ""
	}
	if !reflect.DeepEqual(expected, actual) {
		return fmt.Sprintf("%s is %s, not %s", where, shown(actual), shown(expected))
	}
	return ""
}

func special(name string, argument, actual any, where string) string {
	list, isList := actual.([]any)
	number, isNumber := actual.(float64)
	_, isAbsent := actual.(absent)
	matches := false
	switch name {
	case "$any":
		matches = !isAbsent && actual != "" && actual != false && actual != 0.0 &&
			(!isList || len(list) > 0)
	case "$absent":
		matches = isAbsent
	case "$count":
		matches = isList && float64(len(list)) == argument
	case "$min":
		matches = isNumber && number >= argument.(float64)
	case "$max":
		matches = isNumber && number <= argument.(float64)
	case "$contains":
		if text, is := actual.(string); is {
			matches = strings.Contains(text, argument.(string))
		}
		for _, each := range list {
			matches = matches || mismatch(argument, each, "") == ""
		}
	default:
		panic("no expectation is called " + name)
	}
	if matches {
		return ""
	}
	return fmt.Sprintf("%s is %s, not %s %s", where, shown(actual), name, shown(argument))
}

var variable = regexp.MustCompile(`\$\{(\w+)\}`)

// substituted is a value with what stands for variables in its texts, and for zeros.
func substituted(value any, variables map[string]string) any {
	switch value := value.(type) {
	case map[string]any:
		if zeros, is := value["$zeros"].(float64); is {
			return base64.StdEncoding.EncodeToString(make([]byte, int(zeros)))
		}
		result := map[string]any{}
		for key, each := range value {
			result[key] = substituted(each, variables)
		}
		return result
	case []any:
		result := []any{}
		for _, each := range value {
			result = append(result, substituted(each, variables))
		}
		return result
	case string:
		return variable.ReplaceAllStringFunc(value, func(found string) string {
			return variables[found[2:len(found)-1]]
		})
	}
	return value
}

// captured is the value at a path such as "told.0.fact_id"; the answer itself if it is empty.
func captured(answer any, path string) (string, error) {
	for _, step := range strings.FieldsFunc(path, func(r rune) bool { return r == '.' }) {
		switch part := answer.(type) {
		case map[string]any:
			answer = part[step]
		case []any:
			at, err := strconv.Atoi(step)
			if err != nil || at >= len(part) {
				return "", fmt.Errorf("nothing at %s", path)
			}
			answer = part[at]
		}
	}
	text, is := answer.(string)
	if !is {
		return "", fmt.Errorf("%s is no text", path)
	}
	return text, nil
}

func shown(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(text[:min(len(text), 500)])
}
