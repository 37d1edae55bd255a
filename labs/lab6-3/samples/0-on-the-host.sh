mkdir data
echo '볼륨에 남는 데이터' > data/note.txt
cat data/note.txt
