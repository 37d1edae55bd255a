alias d='docker'
N=web
mkdir -p /lab/site && echo "호스트에서 쓴 글" > /lab/site/index.html
d run --name $N -d -v /lab/site:/site alpine:latest sleep 9999 && d exec $N cat /site/index.html
d exec $N sh -c 'echo "컨테이너에서 쓴 글" > /site/from-container.txt' && cat /lab/site/from-container.txt
echo "호스트에서 고친 글" > /lab/site/index.html; d exec $N cat /site/index.html
d exec $N sh -c 'echo "레이어에 쓴 글" > /root/own.txt' && d diff $N
d rm -f $N && ls -R /lab/site
